import type { JwsKey } from '../../crypto/index.js';

/** A secret that an attestation service shares with us about one app; it is never in the app. */
export interface IntegritySecret extends JwsKey {
  readonly id: string;
}

/** Integrity secrets by app. On the hot path: an adapter answers from memory when it can. */
export abstract class IntegritySecrets {
  /** The secrets that are valid now, newest first; more than one while a rotation overlaps. */
  abstract of(appId: string): readonly IntegritySecret[] | Promise<readonly IntegritySecret[]>;
}

/** The published keys of one issuer (RFC 7517 §5). */
export abstract class KeySet {
  /**
   * Keys that a token with this `kid` may have been signed with; none when no key is so named. Throws a
   * `temporarily_unavailable` problem when the keys cannot be known.
   */
  abstract keysFor(kid: string | undefined): readonly JwsKey[] | Promise<readonly JwsKey[]>;
}
