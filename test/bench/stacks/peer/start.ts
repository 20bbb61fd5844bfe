import { createSecretKey } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { Issuers } from '../../issuers.js';
import { Nonces } from '../../nonces.js';
import { adapterOf, listen, LOG_LEVELS } from '../listen.js';
import type { StackOptions } from '../stack.js';
import { AnswerMac } from './answer-mac.interceptor.js';
import { Apps, listedApps } from './apps.js';
import { BankController } from './bank.controller.js';
import { HawkStrategy } from './hawk.strategy.js';
import { IntegrityStrategy } from './integrity.strategy.js';
import { ScopeGuard } from './scope.guard.js';
import { UserStrategy } from './user.strategy.js';

/** Hawk's server admits 60 s on either side. */
const NONCE_LIFE_MS = 121_000;

/**
 * What one would put together without this library, in its best form: a Passport strategy and its guard for each
 * layer, keys built once, apps in a Map, nonces in a Set. It checks what the other stacks check.
 */
export async function start(options: StackOptions): Promise<number> {
  const issuers = new Issuers(options.seed);

  @Module({
    imports: [PassportModule, JwtModule.register({ secret: createSecretKey(issuers.userSecret()) })],
    controllers: [BankController],
    providers: [
      { provide: Apps, useValue: listedApps(issuers, options.appCount) },
      { provide: Nonces, useValue: new Nonces(NONCE_LIFE_MS) },
      HawkStrategy,
      IntegrityStrategy,
      UserStrategy,
      ScopeGuard,
      AnswerMac,
    ],
  })
  class BankModule {}

  const app = await NestFactory.create(BankModule, adapterOf(options), { rawBody: true, logger: LOG_LEVELS });
  return listen(app);
}
