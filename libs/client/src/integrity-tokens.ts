import type { Clock } from './clock.js';
import type { IntegrityTokenSource } from './integrity-token-source.js';

const LONGEST_MARGIN_SECONDS = 10;

interface Held {
  readonly authorization: string | undefined;
  readonly token: Promise<string>;
  /** Milliseconds since the epoch; not before the token is there. */
  freshUntil: number;
}

/** One token for all the requests of its life; however many ask at once, the source is asked once. */
export class IntegrityTokens {
  private held: Held | undefined;

  constructor(
    private readonly source: IntegrityTokenSource,
    private readonly clock: Clock,
  ) {}

  /** The token at hand, or a new one when there is none, it is about to expire, or it was issued for another user. */
  current(authorization: string | undefined): Promise<string> {
    const { held } = this;
    if (held && held.authorization === authorization && this.clock.now() < held.freshUntil) return held.token;
    const asked: Held = {
      authorization,
      token: this.source.issue({ authorization }).then(({ token, expiresInSeconds }) => {
        const marginSeconds = Math.min(LONGEST_MARGIN_SECONDS, expiresInSeconds / 4);
        asked.freshUntil = this.clock.now() + (expiresInSeconds - marginSeconds) * 1000;
        return token;
      }),
      freshUntil: Infinity,
    };
    this.held = asked;
    asked.token.catch(() => this.forget(asked));
    return asked.token;
  }

  /** One that no other request carries. */
  async single(authorization: string | undefined): Promise<string> {
    return (await this.source.issue({ authorization })).token;
  }

  /** After the server refused `token`; whatever came in its place meanwhile stays. */
  async discard(token: string): Promise<void> {
    const { held } = this;
    if (held && (await held.token.catch(() => token)) === token) this.forget(held);
  }

  private forget(held: Held): void {
    if (this.held === held) this.held = undefined;
  }
}
