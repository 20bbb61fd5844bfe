/** A key as far as its turn goes. */
export interface Scheduled {
  readonly signsFrom: Date;
}

export type KeyState = 'waiting' | 'signing' | 'verifying' | 'retired';

/**
 * The key that signs, of a ring that lists the one that signs last first. Where each waits still, by a clock that is
 * behind, the first to sign: others sign with it already.
 */
export function signingAt<K extends Scheduled>(ring: readonly K[], nowMs: number): K | undefined {
  return ring.find(({ signsFrom }) => signsFrom.getTime() <= nowMs) ?? ring.at(-1);
}

/** Until when a key verifies: the next one has taken over, and what it signed has ended. Infinity for the last. */
export function verifiesUntilMs(ring: readonly Scheduled[], index: number, outlivesItsUseMs: number): number {
  const next = ring[index - 1];
  return next ? next.signsFrom.getTime() + outlivesItsUseMs : Number.POSITIVE_INFINITY;
}

/** The keys of a ring that verify; those that do not sign yet among them. */
export function verifyingAt<K extends Scheduled>(
  ring: readonly K[],
  nowMs: number,
  outlivesItsUseMs: number,
): readonly K[] {
  return ring.filter((_, index) => nowMs < verifiesUntilMs(ring, index, outlivesItsUseMs));
}

export function stateAt<K extends Scheduled>(
  key: K,
  { ring, nowMs, untilMs }: { readonly ring: readonly K[]; readonly nowMs: number; readonly untilMs: number },
): KeyState {
  if (signingAt(ring, nowMs) === key) return 'signing';
  if (untilMs <= nowMs) return 'retired';
  return key.signsFrom.getTime() > nowMs ? 'waiting' : 'verifying';
}
