import { randomUUID } from 'node:crypto';
import { setImmediate as immediate, setTimeout as delay } from 'node:timers/promises';
import {
  Clock,
  claimKey,
  SystemClock,
  type Claim,
  type ClaimStore,
  type Committed,
} from '../../libs/nest/src/pipeline/index.js';
import { CreateReplayJournal1764000000100 } from '../../libs/nest/src/stores/typeorm/migrations/1764000000100-create-replay-journal.js';

export const MAX_AHEAD_MS = 10_000;
export const FAR = Date.now() + 3_600_000;
export const COMMITTED = { outcome: 'committed' };
export const UNAVAILABLE = { code: 'temporarily_unavailable', status: 503 };
export const TABLES = { migrations: [CreateReplayJournal1764000000100] };

export class SettableClock extends Clock {
  offsetMs = 0;

  override now(): number {
    return Date.now() + this.offsetMs;
  }
}

/** Issued and forgotten in real time, as if its signature were admitted for a minute. */
export function claim(
  key: string = randomUUID(),
  issuedAt = Date.now(),
  expiresAt = issuedAt + 60_000,
): Claim {
  return { key, issuedAt, expiresAt, onUsed: 'signature_replayed', onForgotten: 'signature_stale' };
}

/** Thrown or rejected alike. */
export async function commit(store: ClaimStore, ...claims: Claim[]): Promise<Committed> {
  return store.commit(claims);
}

/** Whether it is settled so soon. A process that is busy comes late to both, and first to what was due first. */
export function settlesWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  const settled = work.then(
    () => true,
    () => true,
  );
  const late = delay(ms, false, { ref: false }).then((value) => immediate(value));
  return Promise.race([settled, late]);
}

export interface Opened {
  readonly store: ClaimStore;
  close(): Promise<void>;
}

export function behavesLikeAClaimStore(open: (clock: Clock) => Promise<Opened>): void {
  describe('as every store of claims', () => {
    let opened: Opened;
    let store: ClaimStore;

    beforeEach(async () => {
      opened = await open(new SystemClock());
      ({ store } = opened);
    });

    afterEach(() => opened.close());

    it('admits a claim once, and names it to whoever comes again', async () => {
      const [first, other] = [claim(), claim()];
      expect(await commit(store, first)).toEqual(COMMITTED);
      expect(await commit(store, first)).toEqual({ outcome: 'used', claim: first });
      expect(await commit(store, other)).toEqual(COMMITTED);
      expect(await commit(store)).toEqual(COMMITTED);
    });

    it('takes all claims of a request or none', async () => {
      const [used, fresh] = [claim(), claim()];
      await commit(store, used);
      expect(await commit(store, fresh, used)).toEqual({ outcome: 'used', claim: used });
      expect(await commit(store, used, fresh)).toEqual({ outcome: 'used', claim: used });
      expect(await commit(store, fresh, claim())).toEqual(COMMITTED);
      expect(await commit(store, fresh)).toEqual({ outcome: 'used', claim: fresh });
    });

    it('admits one of 200 requests that make one claim at the same time', async () => {
      const wanted = claim();
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          index % 2 ? commit(store, wanted, claim()) : commit(store, claim(), wanted),
        ),
      );
      expect(answers.filter(({ outcome }) => outcome === 'committed')).toHaveLength(1);
      expect(answers.filter(({ outcome }) => outcome === 'used')).toHaveLength(199);
    });

    it('[C06] keeps a claim until no node would admit it any more, not much longer, and refuses one that is over', async () => {
      const now = Date.now();
      const over = claim(randomUUID(), now - 63_000, now - 1_000);
      expect(await commit(store, claim(), over)).toEqual({ outcome: 'forgotten', claim: over });
      const endless = claim(randomUUID(), now, Number.NaN);
      expect(await commit(store, endless)).toEqual({ outcome: 'forgotten', claim: endless });
      const endsAt = now + 5_000;
      const short = claim(randomUUID(), now - 500.5, endsAt + 0.5);
      const ending = claim(randomUUID(), now - 60_000, endsAt);
      for (const one of [short, ending]) expect(await commit(store, one)).toEqual(COMMITTED);

      const again = claim(short.key);
      for (;;) {
        const askedAt = Date.now();
        const answer = await commit(store, again);
        if (answer.outcome === 'committed') break;
        expect(answer).toEqual({ outcome: 'used', claim: again });
        expect(askedAt).toBeLessThan(endsAt + 2_100);
        await delay(50);
      }
      expect(Date.now()).toBeGreaterThan(endsAt);
      await delay(Math.max(0, endsAt + 1_050 - Date.now()));
      expect(await commit(store, ending)).toEqual({ outcome: 'forgotten', claim: ending });
    });

    it('[N24] keeps apart what only looks alike', async () => {
      const nonce = randomUUID();
      const keys = [
        claimKey('app:1', nonce),
        claimKey('app', `1${nonce}`),
        claimKey('app', '1', nonce),
        claimKey(`app:1:${nonce}`),
      ];
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of [...keys, 'epoch', 'epoch:lock', '__proto__', 'a}b{c'])
        expect(await commit(store, claim(key))).toEqual(COMMITTED);
      expect(await commit(store, claim())).toEqual(COMMITTED);
    });

    it('refuses a request that makes one claim twice, for it would refuse itself', async () => {
      const twice = claim();
      await expect(commit(store, twice, { ...twice })).rejects.toThrow(TypeError);
      expect(await commit(store, twice)).toEqual(COMMITTED);
    });
  });
}
