/**
 * Nonces of the stacks that are compared with, each remembered for one to two lives: two generations, so that forgetting
 * costs nothing. (One Map that is emptied from its front gets slow: iteration steps over what was deleted.)
 */
export class Nonces {
  private current = new Set<string>();
  private previous = new Set<string>();
  private turnsAt = 0;

  constructor(private readonly lifeMs: number) {}

  /** False when it was claimed before. */
  claim(key: string): boolean {
    const now = Date.now();
    if (now >= this.turnsAt) {
      this.previous = now < this.turnsAt + this.lifeMs ? this.current : new Set();
      this.current = new Set();
      this.turnsAt = now + this.lifeMs;
    }
    if (this.current.has(key) || this.previous.has(key)) return false;
    this.current.add(key);
    return true;
  }
}
