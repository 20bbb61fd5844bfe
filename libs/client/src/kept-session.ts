import { parseJsonObject } from '@portcullis/wire';
import { isBearerToken, type TokenScheme } from './issued-tokens.js';

/** A key that the server looks up. */
export interface OpaqueSession {
  readonly kind: 'opaque';
  readonly sessionKey: string;
}

/** An access token, and the refresh token that the next ones come from. */
export interface TokenSession {
  readonly kind: 'tokens';
  /** Made here at sign-in and kept by every refresh: tells this session from the one of whoever signs in next. */
  readonly mark: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token was asked for: milliseconds since the epoch, by the device's clock. */
  readonly askedAtMs: number;
  /** Of the access token, from then on. */
  readonly expiresInSeconds: number;
  /** The authorization server that gave the tokens for a code; undefined for those of `POST /sessions`. */
  readonly issuer?: string | undefined;
  /** What the access tokens are for (RFC 8707), where the app has said so. */
  readonly resource?: string | undefined;
  /** Thumbprint of the key that the tokens are bound to (RFC 9449 §6.1); undefined for bearer tokens. */
  readonly boundTo?: string | undefined;
}

export type KeptSession = OpaqueSession | TokenSession;

const LONGEST_MARGIN_MS = 10_000;

/** What a store holds, or undefined for what no client has written. */
export function readKeptSession(text: string): KeptSession | undefined {
  if (!text.startsWith('{')) return isBearerToken(text) ? { kind: 'opaque', sessionKey: text } : undefined;
  const read = parseJsonObject(text) ?? {};
  const { mark, accessToken, refreshToken, askedAtMs, expiresInSeconds, issuer, resource, boundTo } = read;
  if (typeof mark !== 'string' || !isBearerToken(accessToken) || !isBearerToken(refreshToken))
    return undefined;
  if (typeof askedAtMs !== 'number' || typeof expiresInSeconds !== 'number') return undefined;
  // Never a bound token as one that is not.
  if (!isOptionalText(issuer) || !isOptionalText(resource) || !isOptionalText(boundTo)) return undefined;
  const tokens = { mark, accessToken, refreshToken, askedAtMs, expiresInSeconds };
  return { kind: 'tokens', ...tokens, issuer, resource, boundTo };
}

function isOptionalText(value: unknown): value is string | undefined {
  return value === undefined || typeof value === 'string';
}

/** A session key as it is, as stores have had it from the beginning; JSON otherwise, which no session key looks like. */
export function writeKeptSession(session: KeptSession): string {
  if (session.kind === 'opaque') return session.sessionKey;
  const { mark, accessToken, refreshToken, askedAtMs, expiresInSeconds, issuer, resource, boundTo } = session;
  const tokens = { mark, accessToken, refreshToken, askedAtMs, expiresInSeconds };
  return JSON.stringify({ ...tokens, issuer, resource, boundTo });
}

export function tokenSchemeOf({ boundTo }: TokenSession): TokenScheme {
  return boundTo === undefined ? 'bearer' : 'dpop';
}

/** What travels after `Bearer` or `DPoP`. */
export function bearerOf(session: KeptSession): string {
  return session.kind === 'opaque' ? session.sessionKey : session.accessToken;
}

/** `kept` when it is the session that `known` is of, refreshed or not. */
export function ofSameSession(kept: KeptSession | undefined, known: TokenSession): TokenSession | undefined {
  return kept?.kind === 'tokens' && kept.mark === known.mark ? kept : undefined;
}

/** Whether nobody has refreshed it meanwhile. By the access token: a refresh token may stay the same. */
export function isSameVersion(kept: KeptSession | undefined, known: TokenSession): boolean {
  return ofSameSession(kept, known)?.accessToken === known.accessToken;
}

/**
 * Lives are measured on the device's clock from beginning to end, so that it may be wrong by hours. The server's time, once
 * it is learnt, would tear the two ends apart. A clock that is set in between costs a refresh, or a 401 that is answered
 * with one.
 */
export function isOver({ askedAtMs, expiresInSeconds }: TokenSession, nowMs: number): boolean {
  return nowMs >= askedAtMs + expiresInSeconds * 1000;
}

/** Whether it is time for the next access token: a tenth of its life before it is over, 10 s at the most. */
export function isDue({ askedAtMs, expiresInSeconds }: TokenSession, nowMs: number): boolean {
  const lifeMs = expiresInSeconds * 1000;
  return nowMs >= askedAtMs + lifeMs - Math.min(LONGEST_MARGIN_MS, lifeMs / 10);
}
