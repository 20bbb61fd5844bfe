import { Body, Controller, Get, Module, Post, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Caller,
  PortcullisModule,
  Protect,
  Public,
  usePortcullis,
  type CallerFacts,
  type ProtectOptions,
} from '@portcullis/nest';
import { acceptTransfer, CUSTOMER, listAccounts, type Transfer } from '../bank.js';
import { AUDIENCE, Issuers, ORIGIN_TEXT, SCOPES, TOKEN_ISSUER } from '../issuers.js';
import { adapterOf, listen, LOG_LEVELS } from './listen.js';
import { ALL_LAYERS, type StackOptions } from './stack.js';

function demand(scope: string, layers: number): ProtectOptions {
  return {
    app: [scope],
    ...(layers >= 2 && { signature: true }),
    ...(layers >= 3 && { integrity: true }),
    ...(layers >= ALL_LAYERS && { user: [scope] }),
  };
}

function controllerWith(layers: number): Type {
  @Controller()
  class BankController {
    @Protect(demand('accounts:read', layers))
    @Get('accounts')
    accounts(@Caller() { user }: CallerFacts): object {
      return listAccounts(user?.id ?? CUSTOMER);
    }

    @Protect(demand('transfers:write', layers))
    @Post('transfers')
    transfer(@Body() body: object, @Caller() { user }: CallerFacts): object {
      return acceptTransfer(user?.id ?? CUSTOMER, body as Transfer);
    }
  }
  return BankController;
}

@Controller()
class OpenController {
  @Public()
  @Get('accounts')
  accounts(): object {
    return listAccounts(CUSTOMER);
  }

  @Public()
  @Post('transfers')
  transfer(@Body() body: object): object {
    return acceptTransfer(CUSTOMER, body as Transfer);
  }
}

function listedApps({ appCount }: StackOptions, issuers: Issuers) {
  return Array.from({ length: appCount }, (_, index) => {
    const { id, signing, integrity } = issuers.app(index);
    return {
      id,
      scopes: SCOPES,
      signingSecrets: [signing],
      integritySecrets: [integrity.toString('base64')],
    };
  });
}

function moduleOf(options: StackOptions): Type {
  const issuers = new Issuers(options.seed);
  const { layers, maxAgeSeconds } = options;
  const keys = [
    { kty: 'oct', k: issuers.userSecret().toString('base64url'), kid: 'hs' },
    { ...issuers.userKey().publicJwk, kty: 'EC', kid: 'es' },
  ];
  @Module({
    imports: [
      PortcullisModule.forRoot({
        publicOrigins: [ORIGIN_TEXT],
        apps: listedApps(options, issuers),
        accessTokens: { issuer: TOKEN_ISSUER, audiences: [AUDIENCE], keys },
        ...(maxAgeSeconds !== undefined && { signature: { maxAgeSeconds } }),
      }),
    ],
    controllers: [layers === 0 ? OpenController : controllerWith(layers)],
  })
  class BankModule {}
  return BankModule;
}

/** This library, with its options as they are. */
export async function start(options: StackOptions): Promise<number> {
  const app = await NestFactory.create(moduleOf(options), adapterOf(options), {
    bodyParser: false,
    logger: LOG_LEVELS,
  });
  usePortcullis(app);
  return listen(app);
}
