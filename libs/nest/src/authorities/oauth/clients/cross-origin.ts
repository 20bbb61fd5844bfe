import type { Exchange } from '../protocol/exchange.js';

/** What a page in a browser may see of an answer besides its body. */
const EXPOSED = 'DPoP-Nonce, Retry-After, WWW-Authenticate';

/**
 * Headers for the page that asked (Fetch §3.2), when it is at an origin of the app that it asked as. Never `*`, and never with
 * credentials: cookies have no say at these endpoints. Undefined where no page asked, as nearly always.
 */
export function crossOriginHeaders({
  inbound,
  client,
}: Exchange): Readonly<Record<string, string>> | undefined {
  const origin = inbound.header('origin');
  if (origin === undefined) return undefined;
  if (!client?.corsOrigins.includes(origin)) return { Vary: 'Origin' };
  return { Vary: 'Origin', 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED };
}
