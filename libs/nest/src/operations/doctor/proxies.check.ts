import { Server as TlsServer } from 'node:tls';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PipelineOptions } from '../../pipeline/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';

const NAME = 'trusted-proxies';

/** Whose word about a caller's address counts. */
@Injectable()
export class ProxiesCheck implements HealthCheck {
  readonly name = NAME;

  constructor(
    private readonly options: PipelineOptions,
    private readonly adapters: HttpAdapterHost,
  ) {}

  examine(): Finding[] {
    const { trustedProxies, publicOrigins } = this.options;
    if (trustedProxies.size > 0)
      return [{ name: NAME, status: 'ok', detail: `believed: ${[...trustedProxies].join(', ')}` }];
    const endsTls = (this.adapters.httpAdapter.getHttpServer() as unknown) instanceof TlsServer;
    const isBehindProxy = publicOrigins.some(({ scheme }) => scheme === 'https') && !endsTls;
    if (!isBehindProxy) return [{ name: NAME, status: 'ok', detail: 'none, and none seems to be there' }];
    return [
      {
        name: NAME,
        status: 'warn',
        detail: 'something else ends TLS, and no proxy is trusted: all callers seem to have its address',
        advice:
          "Name the proxy's address in trustedProxies (in the sample PORTCULLIS_TRUSTED_PROXIES): wrong passwords of one caller make every other one wait.",
      },
    ];
  }
}
