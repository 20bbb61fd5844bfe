import { randomBytes } from 'node:crypto';
import type { Provider } from '@nestjs/common';
import { KeyRing } from '../crypto/index.js';
import { AppIntegrityOptions } from '../layers/app-integrity/index.js';
import {
  HawkScheme,
  HttpMessageSignatureScheme,
  RequestSignatureOptions,
  SIGNATURE_SCHEMES,
} from '../layers/request-signature/index.js';
import { DpopNonces, DpopOptions, DpopProofs } from '../layers/user/index.js';
import {
  Clock,
  CredentialSources,
  DecisionLog,
  Fingerprint,
  PipelineOptions,
  ProcessFingerprint,
} from '../pipeline/index.js';
import { from } from './provide.js';

/** What every layer stands on. */
export const PIPELINE: Provider[] = [
  from(PipelineOptions, ({ pipeline }) => pipeline),
  from(RequestSignatureOptions, ({ signature }) => signature),
  from(AppIntegrityOptions, ({ integrity }) => integrity),
  from(Clock, ({ clock }) => clock),
  from(CredentialSources, ({ integrity }) => new CredentialSources(integrity.headers)),
  from(DpopOptions, ({ dpop }) => dpop),
  from(
    DpopNonces,
    // Without a key ring the process alone knows its nonces.
    ({ given: { keyRing = new KeyRing([randomBytes(32)]) }, dpop }, clock: Clock) =>
      new DpopNonces(keyRing, clock, dpop),
    Clock,
  ),
  DpopProofs,
  from(DecisionLog, ({ decisions }) => decisions),
  from(Fingerprint, ({ given: { keyRing } }) =>
    keyRing ? { of: (value: string) => keyRing.fingerprint(value) } : new ProcessFingerprint(),
  ),
  {
    provide: SIGNATURE_SCHEMES,
    useFactory: (sources: CredentialSources) => [new HttpMessageSignatureScheme(sources), new HawkScheme()],
    inject: [CredentialSources],
  },
];
