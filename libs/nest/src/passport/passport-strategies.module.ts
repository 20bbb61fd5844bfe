import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AppIntegrityStrategy } from './app-integrity.strategy.js';
import { AppKeyStrategy } from './app-key.strategy.js';
import { RequestSignatureStrategy } from './request-signature.strategy.js';
import { STRATEGIES } from './strategies-by-application.js';
import { UserStrategy } from './user.strategy.js';

/**
 * Registers a strategy for every layer with Passport: `portcullis-app-key`, `portcullis-signature`,
 * `portcullis-integrity` and `portcullis-user`. Import it once, beside `PortcullisModule.forRoot(...)`.
 */
@Module({ providers: [AppKeyStrategy, RequestSignatureStrategy, AppIntegrityStrategy, UserStrategy] })
export class PassportStrategiesModule implements OnApplicationShutdown {
  constructor(private readonly adapters: HttpAdapterHost) {}

  onApplicationShutdown(): void {
    STRATEGIES.forget(this.adapters);
  }
}
