import { parseJsonObject } from '@portcullis/wire';

/** A request that the user is answering in the browser. */
export interface PendingAuthorization {
  readonly issuer: string;
  readonly redirectUri: string;
  readonly state: string;
  /** RFC 7636 §4.1; its hash is in the request. */
  readonly verifier: string;
  /** As asked for; undefined where nothing was. */
  readonly scope?: string | undefined;
  /** RFC 8707. */
  readonly resource?: string | undefined;
  /** Milliseconds since the epoch, by the device's clock. */
  readonly begunAtMs: number;
}

const LONGEST_MS = 3_600_000;

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || isText(value);
}

/** What a store holds, or undefined for what no client has written, and for what is older than an hour. */
export function readPendingAuthorization(text: unknown, nowMs: number): PendingAuthorization | undefined {
  // Libraries for the Keychain say null, or false, where there is nothing.
  if (typeof text !== 'string') return undefined;
  const { issuer, redirectUri, state, verifier, scope, resource, begunAtMs } = parseJsonObject(text) ?? {};
  if (!isText(issuer) || !isText(redirectUri) || !isText(state) || !isText(verifier)) return undefined;
  if (!isOptionalText(scope) || !isOptionalText(resource) || typeof begunAtMs !== 'number') return undefined;
  // A clock that is set back meanwhile makes nothing last for ever.
  if (!(Math.abs(nowMs - begunAtMs) <= LONGEST_MS)) return undefined;
  return { issuer, redirectUri, state, verifier, scope, resource, begunAtMs };
}

export function writePendingAuthorization(pending: PendingAuthorization): string {
  const { issuer, redirectUri, state, verifier, scope, resource, begunAtMs } = pending;
  return JSON.stringify({ issuer, redirectUri, state, verifier, scope, resource, begunAtMs });
}
