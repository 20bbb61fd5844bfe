import { Injectable } from '@nestjs/common';
import type { Origin } from '@portcullis/wire';
import { PipelineOptions } from '../../pipeline/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';
import { isLoopback } from './is-loopback.js';

const NAME = 'public-origins';

/** What signatures are compared with, and whether credentials travel there unencrypted. */
@Injectable()
export class OriginsCheck implements HealthCheck {
  readonly name = NAME;

  constructor(private readonly options: PipelineOptions) {}

  examine(): Finding[] {
    const { publicOrigins } = this.options;
    const open = publicOrigins.filter((origin) => origin.scheme === 'http' && !isLoopback(origin.hostname));
    if (open.length > 0)
      return [
        {
          name: NAME,
          status: 'fail',
          detail: `unencrypted, beyond this machine: ${listOf(open)}`,
          advice:
            'Put TLS before the application and name the https origin in publicOrigins (in the sample PORTCULLIS_PUBLIC_ORIGINS, or PORTCULLIS_ISSUER).',
        },
      ];
    return [{ name: NAME, status: 'ok', detail: listOf(publicOrigins) }];
  }
}

function listOf(origins: readonly Origin[]): string {
  return origins.map(({ text }) => text).join(', ');
}
