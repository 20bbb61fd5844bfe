/** The redirect URIs of native apps that listen on the device itself (RFC 8252 §7.3): the address as a literal, and any port. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::([1-9]\d{0,4}))?(\/[\x21\x24-\x7e]*)$/;
const HIGHEST_PORT = 65_535;

/**
 * RFC 9700 §4.1.3: character by character one of those registered, in no other spelling. Only the port of a loopback address
 * may be another, since the system chooses it when the app begins to listen (RFC 8252 §7.3).
 */
export function isRegisteredRedirectUri(asked: string, registered: readonly string[]): boolean {
  if (registered.includes(asked)) return true;
  const withoutPort = withoutLoopbackPort(asked);
  return withoutPort !== undefined && registered.some((known) => withoutLoopbackPort(known) === withoutPort);
}

/** Undefined for what is no loopback redirect. Nothing is parsed as a URL: a parser has opinions on what is the same. */
function withoutLoopbackPort(uri: string): string | undefined {
  const [, origin, port, rest] = LOOPBACK.exec(uri) ?? [];
  if (origin === undefined || rest === undefined || Number(port ?? 0) > HIGHEST_PORT) return undefined;
  return origin + rest;
}
