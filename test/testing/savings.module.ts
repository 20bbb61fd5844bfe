import { randomBytes } from 'node:crypto';
import { Body, Controller, Get, Module, Post, UseGuards, type INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import {
  AppKeyGuard,
  AppScopes,
  Caller,
  PortcullisModule,
  Protect,
  SignatureGuard,
  usePortcullis,
  type CallerFacts,
} from '@portcullis/nest';
import { es256Key, hs256Key } from '@portcullis/nest/testing';
import type { AdapterName } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';

export const ORIGIN = 'https://api.example';
export const ISSUER = 'https://issuer.example';
export const SIGNING_SECRET = noteSecret(randomBytes(32).toString('base64url'));
export const INTEGRITY_SECRET = noteSecret(randomBytes(32).toString('base64'));
export const PAIR = es256Key('es');
const SHARED_SECRET = noteSecret(randomBytes(32).toString('base64url'));
export const SHARED = hs256Key(SHARED_SECRET, 'hs');

const told = ({ app, signature, integrity, user, scopes }: CallerFacts) => ({
  app: app?.id,
  scheme: signature?.scheme,
  genuine: integrity !== undefined,
  user: user?.id,
  scopes,
});

@Controller()
class SavingsController {
  @UseGuards(AppKeyGuard)
  @AppScopes('rates:read')
  @Get('rates')
  rates(@Caller() caller: CallerFacts): object {
    return told(caller);
  }

  @UseGuards(SignatureGuard)
  @Post('deposits')
  deposit(@Caller() caller: CallerFacts, @Body() body: unknown): object {
    return { ...told(caller), body: Buffer.isBuffer(body) ? body.toString('hex') : body };
  }

  @Protect({ signature: true, integrity: { singleUse: true, bound: true }, user: ['savings:write'] })
  @Post('withdrawals')
  withdraw(@Caller() caller: CallerFacts): object {
    return told(caller);
  }
}

/** A host application as it would be in production. */
@Module({
  imports: [
    PortcullisModule.forRoot({
      publicOrigins: [ORIGIN],
      apps: [
        {
          id: 'savings',
          scopes: ['rates:read', 'savings:write'],
          signingSecrets: [SIGNING_SECRET],
          integritySecrets: [INTEGRITY_SECRET],
        },
      ],
      accessTokens: {
        issuer: ISSUER,
        audiences: ['savings-api'],
        keys: [PAIR.jwk, { kty: 'oct', k: SHARED_SECRET, kid: 'hs' }],
      },
    }),
  ],
  controllers: [SavingsController],
})
export class SavingsModule {}

/** The same application, changed as a test says. */
export async function startSavings(
  adapter: AdapterName,
  change: (builder: TestingModuleBuilder) => unknown,
): Promise<INestApplication> {
  const builder = Test.createTestingModule({ imports: [SavingsModule] });
  change(builder);
  const testing = await builder.compile();
  const http = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = testing.createNestApplication(http, { bodyParser: false, logger: false });
  usePortcullis(app);
  await app.listen(0, '127.0.0.1');
  return app;
}
