import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { pino } from 'pino';
import { createBank } from '../../src/create-bank.js';
import { readEnvironment } from '../../src/config/environment.js';
import { AdminClient } from './admin-client.js';
import { copyCluster } from './copy-cluster.js';
import { freePort } from './free-port.js';
import { noteLog, noteSecret } from './log-book.js';
import type { AdapterName } from './host-app.js';

export { freePort } from './free-port.js';

export type BankVariables = Record<string, string | undefined>;

/** Where a bank keeps everything, apart from every other one, and what it is started with. */
export interface BankHome {
  readonly variables: BankVariables;
  readonly adminKey: string;
  /** Leaves nothing behind. */
  remove(): Promise<void>;
}

async function withServer(run: (server: DataSource) => Promise<unknown>): Promise<void> {
  const server = await new DataSource({ type: 'postgres', url: process.env['DATABASE_URL'] }).initialize();
  try {
    await run(server);
  } finally {
    await server.destroy();
  }
}

/** On the server that `DATABASE_URL` names, in a database of its own; embedded in a folder of its own otherwise. */
export async function newBankHome({ embedded = false } = {}): Promise<BankHome> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bank-'));
  const adminKey = noteSecret(randomBytes(32).toString('base64url'));
  const keyRing = noteSecret(randomBytes(32).toString('base64url'));
  const variables = { DATA_DIR: dataDir, PORTCULLIS_ADMIN_KEY: adminKey, PORTCULLIS_KEY_RING: keyRing };
  const serverUrl = process.env['DATABASE_URL'];
  if (serverUrl === undefined || embedded) {
    await copyCluster(join(dataDir, 'database'), []);
    return { variables, adminKey, remove: async () => rmSync(dataDir, { recursive: true }) };
  }
  const database = `bank_${randomBytes(6).toString('hex')}`;
  await withServer((server) => server.query(`CREATE DATABASE ${database}`));
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return {
    variables: { ...variables, DATABASE_URL: url.href },
    adminKey,
    async remove() {
      await withServer((server) => server.query(`DROP DATABASE ${database} WITH (FORCE)`));
      rmSync(dataDir, { recursive: true });
    },
  };
}

export interface RunningBank {
  readonly app: INestApplication;
  readonly url: string;
  readonly port: number;
  readonly admin: AdminClient;
  /** Lines that it logged. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** The bank in this process, on either adapter. */
export async function startBank(adapter: AdapterName, variables: BankVariables = {}): Promise<RunningBank> {
  const home = await newBankHome();
  const port = await freePort();
  const environment = readEnvironment({
    ...home.variables,
    PORT: String(port),
    HTTP_ADAPTER: adapter,
    LOG_LEVEL: 'debug',
    ...variables,
  });
  const log: string[] = [];
  const write = (line: string) => {
    log.push(line);
    noteLog(line);
  };
  const bank = await createBank(environment, pino({ level: environment.logLevel }, { write }));
  await bank.app.listen(port, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;
  return {
    app: bank.app,
    url,
    port,
    log,
    admin: new AdminClient(url, home.adminKey),
    async stop() {
      await bank.stop();
      await home.remove();
    },
  };
}
