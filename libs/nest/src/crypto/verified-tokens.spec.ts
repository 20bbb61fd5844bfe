import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { VerifiedTokens } from './verified-tokens.js';
import type { JwsKey } from './verify-jws.js';

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function token(key: KeyObject, claims: object = { sub: 'ann' }): string {
  const input = `${part({ alg: 'HS256', typ: 'at+jwt' })}.${part(claims)}`;
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

const newKey = (): JwsKey => ({ algorithm: 'HS256', key: createSecretKey(randomBytes(32)) });

describe('Verified tokens', () => {
  const mine = newKey();
  const text = token(mine.key);

  const claimsOf = (tokens: VerifiedTokens, keys: readonly JwsKey[], of = text) => {
    const read = tokens.read(of);
    return read && tokens.claimsOf(read, keys);
  };

  it('are verified once, however often they come', () => {
    const tokens = new VerifiedTokens();
    expect(tokens.read(text)?.verified).toBeUndefined();
    expect(claimsOf(tokens, [mine])).toEqual({ sub: 'ann' });
    expect(tokens.read(text)?.verified).toMatchObject({ key: mine });
    expect(claimsOf(tokens, [newKey(), mine])).toEqual({ sub: 'ann' });
  });

  it('count no more once their key does not', () => {
    const tokens = new VerifiedTokens();
    claimsOf(tokens, [mine]);
    expect(claimsOf(tokens, [])).toBe('bad_signature');
    expect(claimsOf(tokens, [newKey()])).toBe('bad_signature');
  });

  it('are verified anew under a copy of their key', () => {
    const tokens = new VerifiedTokens();
    claimsOf(tokens, [mine]);
    const copy = { ...mine };
    expect(claimsOf(tokens, [copy])).toEqual({ sub: 'ann' });
    expect(tokens.read(text)?.verified?.key).toBe(copy);
  });

  it('[D09] are found by their exact text alone', () => {
    const tokens = new VerifiedTokens();
    claimsOf(tokens, [mine]);
    for (const other of [`${text}=`, ` ${text}`, `${text}\n`, `${text}.`])
      expect(tokens.read(other)).toBeUndefined();
    const last = text.at(-1) as string;
    const flipped = text.slice(0, -1) + (last === 'A' ? 'B' : 'A');
    expect([undefined, 'bad_signature']).toContain(claimsOf(tokens, [mine], flipped));
  });

  it('are not remembered when nobody holds their key, nor when they are very long', () => {
    const tokens = new VerifiedTokens();
    expect(claimsOf(tokens, [newKey()])).toBe('bad_signature');
    expect(tokens.read(text)?.verified).toBeUndefined();
    const long = token(mine.key, { sub: 'x'.repeat(4000) });
    expect(claimsOf(tokens, [mine], long)).toMatchObject({ sub: 'x'.repeat(4000) });
    expect(tokens.read(long)?.verified).toBeUndefined();
  });

  it('keep what they say from being changed', () => {
    const tokens = new VerifiedTokens();
    const claims = claimsOf(tokens, [mine]) as Record<string, unknown>;
    expect(() => (claims['sub'] = 'bob')).toThrow(TypeError);
  });

  it('are forgotten, the one that was not used for longest first, when there are too many', () => {
    const tokens = new VerifiedTokens();
    const first = token(mine.key, { jti: 'first' });
    claimsOf(tokens, [mine], first);
    for (let index = 0; index < 10_000; index += 1) claimsOf(tokens, [mine], token(mine.key, { jti: index }));
    expect(tokens.read(first)?.verified).toBeUndefined();
  });
});
