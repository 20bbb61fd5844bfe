import { randomBytes } from 'node:crypto';
import type { INestApplication, Type } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  DecisionLog,
  PortcullisModule,
  usePortcullis,
  type Decision,
  type PortcullisModuleOptions,
} from '@portcullis/nest';
import { PassportStrategiesModule } from '@portcullis/nest/passport';
import { accessToken, es256Key, firstStartAt, FixedClock, SignedRequests } from '@portcullis/nest/testing';
import type { AdapterName } from '../support/host-app.js';
import { noteLog, noteSecret } from '../support/log-book.js';

export const ORIGIN = 'http://api.example';
const ISSUER = 'https://issuer.example';

class ListedDecisions extends DecisionLog {
  readonly decisions: Decision[] = [];

  override record(decision: Decision): void {
    this.decisions.push(decision);
    noteLog(JSON.stringify(decision));
  }
}

export interface PassportHost {
  readonly app: INestApplication;
  readonly clock: FixedClock;
  readonly decisions: Decision[];
  /** Requests of the host's one app; its user signs in with `token`. */
  readonly requests: SignedRequests;
  readonly token: string;
  /** An integrity secret, in base64. */
  readonly integritySecret: string;
}

export interface PassportHostOptions {
  readonly appId?: string;
  readonly controllers: Type[];
  readonly providers?: Type[];
  readonly module?: Partial<PortcullisModuleOptions>;
}

/** An application whose controllers are guarded by Passport, with one app and secrets of its own. */
export async function startPassportHost(
  adapter: AdapterName,
  { appId = 'bank-ios', controllers, providers = [], module = {} }: PassportHostOptions,
): Promise<PassportHost> {
  const clock = new FixedClock('2026-03-29T12:00:00Z');
  const log = new ListedDecisions();
  const key = es256Key();
  const signingSecret = noteSecret(randomBytes(32).toString('base64url'));
  const integritySecret = noteSecret(randomBytes(32).toString('base64'));
  const scopes = ['accounts:read'];
  const builder = Test.createTestingModule({
    imports: [
      PortcullisModule.forRoot({
        publicOrigins: [ORIGIN],
        apps: [{ id: appId, scopes, signingSecrets: [signingSecret], integritySecrets: [integritySecret] }],
        accessTokens: { issuer: ISSUER, audiences: ['bank'], keys: [key.jwk] },
        decisions: log,
        problems: 'all',
        ...module,
      }),
      PassportStrategiesModule,
    ],
    controllers,
    providers,
  });
  const testing = await firstStartAt(builder, clock).compile();
  const http = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = testing.createNestApplication(http, { bodyParser: false, logger: false });
  usePortcullis(app);
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const user = { userId: 'ada', scopes: ['accounts:read', 'transfers:write'] };
  const token = noteSecret(accessToken({ issuer: ISSUER, audience: 'bank', key, appId, clock, ...user }));
  const requests = new SignedRequests({ origin: ORIGIN, appId, signingSecret, clock });
  return { app, clock, decisions: log.decisions, requests, token, integritySecret };
}
