import type { InboundRequest } from '../../../pipeline/index.js';
import { InteractionExpired } from '../protocol/interaction-expired.js';

/**
 * A form that another site's page has sent. Browsers say so in `Sec-Fetch-Site` (Fetch Metadata §2.4); older ones in `Origin`, which
 * is `null` for pages with our referrer policy (Fetch §3.2), and says nothing then. The seal of the form decides in any case.
 * Throws `InteractionExpired`.
 */
export function refuseCrossSite(inbound: InboundRequest, issuer: string): void {
  const site = inbound.header('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none')
    throw new InteractionExpired('form_cross_site');
  const origin = inbound.header('origin');
  if (origin === undefined || origin === 'null') return;
  if (origin !== inbound.origin?.text && origin !== new URL(issuer).origin)
    throw new InteractionExpired('form_cross_origin');
}
