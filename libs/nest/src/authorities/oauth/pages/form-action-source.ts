/** What CSP can name as a host (CSP Level 3 §2.3.1): no IPv6 address, and of the IPv4 addresses 127.0.0.1 alone (§6.7.2.8). */
const NAMED_HOST = /^(?!\d+(?:\.\d+){3}$)[a-z0-9-]+(?:\.[a-z0-9-]+)*$|^127\.0\.0\.1$/;

/** A scheme alone (RFC 3986 §3.1). */
const SCHEME = /^[a-z][a-z0-9+.-]*:$/i;

/**
 * A redirect URI, its origin or its scheme as a source of `form-action`: `https://app.example`, `com.example.bank:`, and the
 * scheme alone of a host that CSP cannot name. Throws a TypeError for what is no absolute URI.
 */
export function formActionSource(redirectUri: string): string {
  if (SCHEME.test(redirectUri)) return redirectUri.toLowerCase();
  const { protocol, hostname, host } = new URL(redirectUri);
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && NAMED_HOST.test(hostname) ? `${protocol}//${host}` : protocol;
}
