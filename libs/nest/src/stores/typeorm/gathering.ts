interface Waiting<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/** A statement that has to wait for somebody's lock keeps its own questions waiting; meanwhile the other goes on. */
const MOST_UNDER_WAY = 2;
/** So that no statement holds locks for long. */
const MOST_AT_ONCE = 64;

/**
 * Puts questions together that come while others are under way, and asks them in one: under load, what a round trip and
 * a commit cost is shared by all of them. A question that comes alone is asked alone and at once.
 */
export class Gathering<Q, A> {
  private waiting: Waiting<Q, A>[] = [];
  private underWay = 0;

  /** @param answer gives an answer for each question, in their order; what it throws, all of them are told. */
  constructor(private readonly answer: (questions: readonly Q[]) => Promise<readonly A[]>) {}

  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject });
      this.next();
    });
  }

  private next(): void {
    if (this.underWay >= MOST_UNDER_WAY || this.waiting.length === 0) return;
    const asked = this.waiting.splice(0, MOST_AT_ONCE);
    this.underWay++;
    void this.settle(asked).then(() => {
      this.underWay--;
      this.next();
    });
  }

  private async settle(asked: readonly Waiting<Q, A>[]): Promise<void> {
    try {
      const answers = await this.answer(asked.map(({ question }) => question));
      for (const [at, { resolve }] of asked.entries()) resolve(answers[at] as A);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
