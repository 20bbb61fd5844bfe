import type { Redirection } from '../protocol/exchange.js';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';

/**
 * An answer that the browser carries to the app (RFC 6749 §4.1.2, §4.2.2), with the app's `state` as it was received, and with who
 * has answered (RFC 9207 §2).
 */
export function redirectAnswer(
  { uri, mode, state }: Redirection,
  issuer: string,
  parameters: Readonly<Record<string, string>>,
): Extract<ExchangeAnswer, { kind: 'redirect' }> {
  const all = new URLSearchParams({ ...parameters, ...(state !== undefined && { state }), iss: issuer });
  return { kind: 'redirect', location: uri + separatorOf(uri, mode) + all.toString() };
}

/** RFC 6749 §3.1.2: a query that the redirect URI has already is kept. */
function separatorOf(uri: string, mode: Redirection['mode']): string {
  if (mode === 'fragment') return '#';
  if (!uri.includes('?')) return '?';
  return /[?&]$/.test(uri) ? '' : '&';
}
