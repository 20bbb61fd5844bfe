import type { Clock } from './clock.js';
import type { IssuedTokens } from './issued-tokens.js';
import { isDue, isOver, isSameVersion, ofSameSession } from './kept-session.js';
import type { KeptSession, TokenSession } from './kept-session.js';
import type { PatientRefresh } from './patient-refresh.js';
import type { RefreshOutcome } from './refresh-outcome.js';
import { SessionError } from './session-error.js';
import type { SessionVault } from './session-vault.js';

export interface SessionKeeperParts {
  readonly vault: SessionVault;
  readonly refresh: PatientRefresh;
  readonly clock: Clock;
  /** Whether this client can go on with it: its key is at hand, and its server the one that is asked. */
  readonly isUsable: (session: TokenSession) => Promise<boolean>;
  /** The server ended the session. */
  readonly onSignedOut: (() => void) | undefined;
}

interface Flight {
  readonly from: TokenSession;
  readonly result: Promise<TokenSession | undefined>;
}

interface Renewal {
  readonly from: TokenSession;
  readonly to: TokenSession;
}

/** The user's session, refreshed when it is time: once for however many calls need it. */
export class SessionKeeper {
  private flight: Flight | undefined;
  /** Tokens that the store would not take. Asking again after the server's grace would end the session. */
  private unsaved: Renewal | undefined;

  constructor(private readonly parts: SessionKeeperParts) {}

  /** What a call is to carry, undefined when nobody is signed in. Throws a SessionError, and what the store throws. */
  async current(): Promise<KeptSession | undefined> {
    const { vault, clock, isUsable } = this.parts;
    const kept = await vault.load();
    if (kept?.kind !== 'tokens') return kept;
    if (!(await isUsable(kept))) return this.end(kept);
    if (!isDue(kept, clock.now())) return kept;
    try {
      return await this.renew(kept);
    } catch (error) {
      const isForNow = error instanceof SessionError && error.code !== 'session_ended';
      // Its last seconds are as good as the others.
      if (isForNow && !isOver(kept, clock.now())) return kept;
      throw error;
    }
  }

  /**
   * What to try again with, after the server refused the access token of `refused`: what has taken its place meanwhile, or
   * what is refreshed now. Undefined when its user has signed out; never another user's.
   */
  async afterRefusal(refused: TokenSession): Promise<TokenSession | undefined> {
    const { vault, clock } = this.parts;
    const kept = ofSameSession(await vault.load(), refused);
    if (!kept) return undefined;
    const isReplaced = !isSameVersion(kept, refused) && !isDue(kept, clock.now());
    return isReplaced ? kept : this.renew(kept);
  }

  async keep(session: KeptSession): Promise<void> {
    await this.parts.vault.save(session);
    this.unsaved = undefined;
  }

  /** Takes the session out of the store, which has none then. */
  async release(): Promise<KeptSession | undefined> {
    const { unsaved } = this;
    this.unsaved = undefined;
    const taken = await this.parts.vault.take();
    return unsaved && isSameVersion(taken, unsaved.from) ? unsaved.to : taken;
  }

  /** One refresh for all that wait for it. Whoever leaves early does not stop it. */
  private renew(from: TokenSession): Promise<TokenSession | undefined> {
    if (this.flight && isSameVersion(this.flight.from, from)) return this.flight.result;
    const flight: Flight = { from, result: this.exchange(from) };
    const land = () => {
      if (this.flight === flight) this.flight = undefined;
    };
    flight.result.then(land, land);
    this.flight = flight;
    return flight.result;
  }

  private async exchange(from: TokenSession): Promise<TokenSession | undefined> {
    const { vault, refresh, clock } = this.parts;
    if (this.unsaved && isSameVersion(this.unsaved.from, from)) {
      const saved = await this.save(this.unsaved);
      return saved && isDue(saved, clock.now()) ? this.renew(saved) : saved;
    }
    // Another tab may have refreshed it, and the user may have signed out, even between two tries.
    const isWanted = async () => isSameVersion(await vault.load(), from);
    const outcome = await refresh.refresh(from, isWanted);
    if (!outcome) return ofSameSession(await vault.load(), from);
    if (outcome.kind === 'renewed')
      return this.save({ from, to: renewed(from, outcome.tokens, outcome.askedAtMs) });
    return outcome.kind === 'ended' ? this.end(from) : failed(outcome);
  }

  /** Before any call carries them: were they lost then, the server would take the next refresh for a thief's. */
  private async save(renewal: Renewal): Promise<TokenSession | undefined> {
    this.unsaved = renewal;
    const kept = await this.parts.vault.replace(renewal.from, renewal.to);
    if (this.unsaved === renewal) this.unsaved = undefined;
    return ofSameSession(kept, renewal.to);
  }

  private async end(from: TokenSession): Promise<TokenSession | undefined> {
    const { vault, onSignedOut } = this.parts;
    const { isRemoved, kept } = await vault.remove(from);
    if (!isRemoved) return ofSameSession(kept, from);
    // By itself: what it throws is its own, and no call's.
    if (onSignedOut) void Promise.resolve().then(onSignedOut);
    throw new SessionError('session_ended');
  }
}

export function renewed(
  from: TokenSession,
  { accessToken, refreshToken = from.refreshToken, expiresInSeconds }: IssuedTokens,
  askedAtMs: number,
): TokenSession {
  return { ...from, accessToken, refreshToken, expiresInSeconds, askedAtMs };
}

/** Throws what a call ends with when its session could not be refreshed, and may be later. */
export function failed(outcome: Extract<RefreshOutcome, { kind: 'refused' | 'unanswered' }>): never {
  const { kind, ...details } = outcome;
  throw new SessionError(kind === 'refused' ? 'refresh_refused' : 'refresh_unanswered', details);
}
