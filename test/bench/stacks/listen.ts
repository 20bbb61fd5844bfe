import type { AddressInfo } from 'node:net';
import type { INestApplication, LogLevel } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { StackOptions } from './stack.js';

/** As a production host has them: no debug lines. */
export const LOG_LEVELS: LogLevel[] = ['fatal', 'error', 'warn', 'log'];

export function adapterOf({ adapter }: StackOptions): FastifyAdapter | ExpressAdapter {
  return adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
}

export async function listen(app: INestApplication): Promise<number> {
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as AddressInfo).port;
}
