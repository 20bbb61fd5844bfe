import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { usePortcullis, type AppSetting } from '@portcullis/nest';
import { AppModule } from './app.module.js';
import type { Environment } from './config/environment.js';

/** The bank on the adapter that the environment names, ready to listen. */
export async function createBank(
  environment: Environment,
  apps: readonly AppSetting[],
): Promise<INestApplication> {
  const adapter = environment.httpAdapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const bank = await NestFactory.create(AppModule.forEnvironment(environment, apps), adapter, {
    bodyParser: false,
    // A start that fails is reported by whoever asked for it, in one line.
    abortOnError: false,
    logger: ['error', 'warn'],
  });
  usePortcullis(bank);
  bank.enableShutdownHooks();
  return bank;
}
