import { IntegrityTokens } from './integrity-tokens.js';

class Source {
  readonly askedFor: (string | undefined)[] = [];
  failures = 0;

  async issue({ authorization }: { authorization: string | undefined }) {
    this.askedFor.push(authorization);
    if (this.failures-- > 0) throw new Error('no attestation');
    return { token: `token-${this.askedFor.length}`, expiresInSeconds: 300 };
  }
}

describe('An app integrity token', () => {
  let source: Source;
  let now: number;
  let tokens: IntegrityTokens;
  beforeEach(() => {
    source = new Source();
    now = 0;
    tokens = new IntegrityTokens(source, { now: () => now });
  });

  it('is fetched once for all who ask at once, and kept until shortly before it expires', async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, () => tokens.current('Bearer a')));
    expect(new Set(asked)).toEqual(new Set(['token-1']));
    now = 289_000;
    expect(await tokens.current('Bearer a')).toBe('token-1');
    now = 291_000;
    expect(await tokens.current('Bearer a')).toBe('token-2');
    expect(source.askedFor).toEqual(['Bearer a', 'Bearer a']);
  });

  it('is fetched anew for another user, to whom it may be bound', async () => {
    expect(await tokens.current('Bearer a')).toBe('token-1');
    expect(await tokens.current('Bearer b')).toBe('token-2');
    expect(await tokens.current(undefined)).toBe('token-3');
    expect(source.askedFor).toEqual(['Bearer a', 'Bearer b', undefined]);
  });

  it('is never shared where it is worth one call', async () => {
    const shared = await tokens.current(undefined);
    const singles = await Promise.all([tokens.single(undefined), tokens.single(undefined)]);
    expect(new Set([shared, ...singles]).size).toBe(3);
    expect(await tokens.current(undefined)).toBe(shared);
  });

  it('that could not be fetched is an error for all who waited, and for nobody after', async () => {
    source.failures = 1;
    const waiting = [tokens.current(undefined), tokens.current(undefined)];
    for (const one of waiting) await expect(one).rejects.toThrow('no attestation');
    expect(await tokens.current(undefined)).toBe('token-2');
  });

  it('that was refused is not used again, and its successor stays', async () => {
    const refused = await tokens.current(undefined);
    await tokens.discard(refused);
    const successor = await tokens.current(undefined);
    expect(successor).toBe('token-2');
    await tokens.discard(refused);
    expect(await tokens.current(undefined)).toBe(successor);
  });
});
