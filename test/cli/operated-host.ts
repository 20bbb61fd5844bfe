import { randomBytes } from 'node:crypto';
import { Module, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { KeyRing, PortcullisModule, usePortcullis, type PortcullisModuleOptions } from '@portcullis/nest';
import { AdminModule } from '@portcullis/nest/admin';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import type { DataSource } from 'typeorm';
import { freePort } from '../support/bank.js';
import { noteSecret } from '../support/log-book.js';
import { Operator } from './run-portcullis.js';

export interface OperatedHost {
  readonly app: INestApplication;
  readonly url: string;
  readonly operator: Operator;
}

export interface OperatedHostOptions {
  readonly dataSource: DataSource;
  readonly databaseIsOpenTo?: 'this-process' | 'many-processes';
  readonly controllers?: Type[];
  readonly options?: Partial<PortcullisModuleOptions>;
}

export const newKeyRing = () => KeyRing.parse(noteSecret(randomBytes(32).toString('base64')));

/** An application with a database that can be operated, and can be set up wrongly. */
export async function startOperatedHost(parts: OperatedHostOptions): Promise<OperatedHost> {
  const { dataSource, databaseIsOpenTo = 'this-process', controllers = [], options } = parts;
  const url = `http://127.0.0.1:${await freePort()}`;
  const key = noteSecret(randomBytes(32).toString('base64url'));
  @Module({
    imports: [
      PortcullisModule.forRoot({
        publicOrigins: [url],
        stores: typeOrmStores(dataSource, { databaseIsOpenTo }),
        keyRing: newKeyRing(),
        problems: 'all',
        ...options,
      } as PortcullisModuleOptions),
      AdminModule.forRoot({ key }),
    ],
    controllers,
  })
  class HostModule {}
  const app = await NestFactory.create(HostModule, new FastifyAdapter(), {
    bodyParser: false,
    logger: false,
    abortOnError: false,
  });
  usePortcullis(app);
  await app.listen(Number(new URL(url).port), '127.0.0.1');
  return { app, url, operator: new Operator(url, key) };
}
