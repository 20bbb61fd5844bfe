import type { SessionKind } from './app.store.js';

/** What kinds of session this application can give: `tokens` only where it issues tokens. Also the injection token. */
export class OfferedSessionKinds {
  private readonly kinds: ReadonlySet<SessionKind>;

  constructor(kinds: readonly SessionKind[]) {
    this.kinds = new Set(kinds);
  }

  includes(kind: SessionKind): boolean {
    return this.kinds.has(kind);
  }
}
