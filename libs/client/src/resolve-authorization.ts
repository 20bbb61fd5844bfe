import type { Origin } from '@portcullis/wire';
import { AuthorizationError } from './authorization-error.js';
import type { AuthorizationOptions } from './authorization.options.js';
import { readServerMetadata, type AuthorizationServerMetadata } from './authorization-server-metadata.js';
import { MemorySessionStore } from './memory-session-store.js';
import type { SessionStore } from './session-store.js';

export interface ResolvedAuthorization {
  readonly issuer: string;
  readonly metadata: AuthorizationServerMetadata | undefined;
  readonly pending: SessionStore;
}

/** RFC 8414 §2: no query and no fragment. */
const ISSUER = /^https?:\/\/[^\s/?#]+(?:\/[^\s?#]*)?$/;

/** Throws a TypeError that names the option. */
export function resolveAuthorization(
  { issuer: given, metadata: known, pending = new MemorySessionStore() }: AuthorizationOptions,
  origin: Origin,
): ResolvedAuthorization {
  const issuer = given ?? known?.issuer ?? origin.text;
  if (!ISSUER.test(issuer))
    throw new TypeError('authorization.issuer: expected an absolute URL without query');
  return { issuer, metadata: known && checkedMetadata(known, issuer), pending };
}

function checkedMetadata(known: AuthorizationServerMetadata, issuer: string): AuthorizationServerMetadata {
  try {
    return readServerMetadata({ ...known }, issuer);
  } catch (error) {
    const member = (error as AuthorizationError).metadataMember ?? 'issuer';
    throw new TypeError(`authorization.metadata.${member}: expected what RFC 8414 says, and S256`, {
      cause: error,
    });
  }
}
