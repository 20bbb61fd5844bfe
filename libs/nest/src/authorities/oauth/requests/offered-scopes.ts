import { Injectable } from '@nestjs/common';
import type { ClientApp } from '../../apps/index.js';
import { ResourceDirectory, type ResourceServerRecord } from '../../resources/index.js';
import { TokenOptions } from '../../tokens/index.js';
import { OAuthError } from '../protocol/oauth-error.js';

/** What may be asked for at a resource. */
export interface Offer {
  /** RFC 8707; null: the issuer's own API. */
  readonly resource: string | null;
  /** As it is called; undefined for the issuer's own API. */
  readonly name: string | undefined;
  /** Those of the app that mean something there. */
  readonly scopes: readonly string[];
}

/** What apps may ask for, at which resource (RFC 8707 §2). */
@Injectable()
export class OfferedScopes {
  constructor(
    private readonly resources: ResourceDirectory,
    private readonly options: TokenOptions,
  ) {}

  /** Throws `invalid_target` for a resource that is unknown or that the app may not ask for, and `temporarily_unavailable`. */
  of(client: ClientApp, resource: string | null | undefined): Offer | Promise<Offer> {
    if (resource === undefined || resource === null || resource === this.options.audience)
      return { resource: null, name: undefined, scopes: client.scopes };
    if (!client.resources.includes(resource)) throw refused('resource_not_of_app');
    const found = this.resources.find(resource);
    return found instanceof Promise ? found.then((late) => offerAt(client, late)) : offerAt(client, found);
  }
}

function offerAt(client: ClientApp, server: ResourceServerRecord | undefined): Offer {
  if (!server) throw refused('resource_unknown');
  const scopes = client.scopes.filter((scope) => server.scopes.includes(scope));
  return { resource: server.identifier, name: server.name, scopes };
}

function refused(reason: string): OAuthError {
  return new OAuthError('invalid_target', { reason });
}
