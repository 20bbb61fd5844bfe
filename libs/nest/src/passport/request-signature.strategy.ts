import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-custom';
import { Admission, type CallerFacts } from '../pipeline/index.js';
import { STRATEGIES, type StrategiesByApplication } from './strategies-by-application.js';

/** A request signed by its app: `AuthGuard('portcullis-signature')`. */
@Injectable()
export class RequestSignatureStrategy extends PassportStrategy(Strategy, 'portcullis-signature') {
  constructor(
    readonly adapters: HttpAdapterHost,
    private readonly admission: Admission,
  ) {
    super();
  }

  /** Of an Express or a Fastify request. Throws a `SecurityProblem`. */
  async validate(request: object): Promise<CallerFacts> {
    return this.admission.admitLayer('request-signature', request);
  }

  /** Asked by the mixin of @nestjs/passport where to register. */
  getPassportInstance(): StrategiesByApplication {
    return STRATEGIES;
  }
}
