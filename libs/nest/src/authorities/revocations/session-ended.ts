import type { Change } from '../../state/index.js';
import type { RevocationRetention } from './retention.js';

interface EndedSession {
  readonly id: string;
  /** In milliseconds since the epoch. */
  readonly endedAtMs: number;
  readonly retention: RevocationRetention;
}

/** What nodes have to hear: they drop their copy of the session, and refuse the access tokens that were issued in it. */
export function sessionEnded({ id, endedAtMs, retention }: EndedSession): Change {
  return { kind: 'revoked-session', id, expiresAt: retention.expiresAt(endedAtMs) };
}
