import type { ClientApp } from '../../apps/index.js';

/** Apps whose sessions come with refresh tokens need not be told that they may use them. */
export function mayRefresh({ sessionKind, grantTypes }: ClientApp): boolean {
  return sessionKind === 'tokens' || grantTypes.includes('refresh_token');
}
