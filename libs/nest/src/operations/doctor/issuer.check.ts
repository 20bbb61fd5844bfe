import { Injectable } from '@nestjs/common';
import { TokenOptions } from '../../authorities/tokens/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';
import { isLoopback } from './is-loopback.js';

const NAME = 'issuer';

/** Whether passwords, codes and tokens travel unencrypted to and from whoever issues them (RFC 8414 §2). */
@Injectable()
export class IssuerCheck implements HealthCheck {
  readonly name = NAME;

  constructor(private readonly options: TokenOptions) {}

  examine(): Finding[] {
    const { issuer } = this.options;
    const { protocol, hostname } = new URL(issuer);
    if (protocol === 'https:' || isLoopback(hostname)) return [{ name: NAME, status: 'ok', detail: issuer }];
    return [
      {
        name: NAME,
        status: 'fail',
        detail: `unencrypted, beyond this machine: ${issuer}`,
        advice:
          'Put TLS before the application and name the https address in tokens.issuer (in the sample PORTCULLIS_ISSUER). Tokens that are out name the old one, and are refused then.',
      },
    ];
  }
}
