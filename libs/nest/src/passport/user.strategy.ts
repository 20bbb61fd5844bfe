import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-http-bearer';
import { Admission, messageOf, type CallerFacts } from '../pipeline/index.js';
import type { StrategyActions } from './layer-strategy.js';
import { STRATEGIES, type StrategiesByApplication } from './strategies-by-application.js';

/** A signed-in user, by access token or session key: `AuthGuard('portcullis-user')`. */
@Injectable()
export class UserStrategy extends PassportStrategy(Strategy, 'portcullis-user') {
  constructor(
    readonly adapters: HttpAdapterHost,
    private readonly admission: Admission,
  ) {
    super({ passReqToCallback: true });
  }

  override authenticate(this: this & StrategyActions, request: object): void {
    if (/^bearer \S+$/i.test(messageOf(request).headers.authorization ?? ''))
      return super.authenticate(withoutBodyAndQuery(request));
    // The base would refuse in words of its own, and look for a token where none may stand.
    this.validate(request).then(
      (caller) => this.success(caller),
      (problem: unknown) => this.error(problem),
    );
  }

  /** Of an Express or a Fastify request. Throws a `SecurityProblem`. */
  async validate(request: object): Promise<CallerFacts> {
    return this.admission.admitLayer('user', request);
  }

  /** Asked by the mixin of @nestjs/passport where to register. */
  getPassportInstance(): StrategiesByApplication {
    return STRATEGIES;
  }
}

/** A token in a form or a query (RFC 6750 §2.2, §2.3) is no credential here: the base strategy does not see them. */
function withoutBodyAndQuery(request: object): never {
  const value = undefined;
  return Object.create(request, {
    raw: { value: messageOf(request) },
    body: { value },
    query: { value },
  }) as never;
}
