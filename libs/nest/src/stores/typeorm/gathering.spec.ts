import { Gathering } from './gathering.js';

/** Answers when it is told to. */
class Oracle {
  readonly asked: (readonly number[])[] = [];
  private readonly pending: { answer: () => void; fail: (error: unknown) => void }[] = [];
  readonly gathering = new Gathering<number, string>(
    (questions) =>
      new Promise((resolve, reject) => {
        this.asked.push(questions);
        this.pending.push({ answer: () => resolve(questions.map((one) => `answer ${one}`)), fail: reject });
      }),
  );

  async answer(): Promise<void> {
    this.pending.shift()?.answer();
    await new Promise(setImmediate);
  }

  async fail(error: unknown): Promise<void> {
    this.pending.shift()?.fail(error);
    await new Promise(setImmediate);
  }
}

describe('questions that are put together', () => {
  it('are asked alone and at once while few are under way, and together afterwards', async () => {
    const oracle = new Oracle();
    const answers = Array.from({ length: 10 }, (_, at) => oracle.gathering.ask(at));
    expect(oracle.asked).toEqual([[0], [1]]);
    await oracle.answer();
    expect(oracle.asked.at(-1)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    for (let at = 0; at < 2; at++) await oracle.answer();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 10 }, (_, at) => `answer ${at}`));
  });

  it('are never more than 64 at once, and none is forgotten', async () => {
    const oracle = new Oracle();
    const answers = Array.from({ length: 2 + 130 }, (_, at) => oracle.gathering.ask(at));
    for (let at = 0; at < 5; at++) await oracle.answer();
    expect(oracle.asked.map((questions) => questions.length)).toEqual([1, 1, 64, 64, 2]);
    expect(await Promise.all(answers)).toHaveLength(132);
  });

  it('are told of a failure by all who asked, and the next are asked again', async () => {
    const oracle = new Oracle();
    const first = [0, 1].map((one) => oracle.gathering.ask(one));
    const together = Promise.allSettled([oracle.gathering.ask(4), oracle.gathering.ask(5)]);
    await oracle.answer();
    const later = oracle.gathering.ask(6);
    await oracle.answer();
    await oracle.fail(new Error('away'));
    expect((await together).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await oracle.answer();
    expect(await later).toBe('answer 6');
    expect(await Promise.all(first)).toHaveLength(2);
  });
});
