import { createHmac, createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { VerifiedTokens, type Claims } from './verified-tokens.js';
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

  const BAD_SIGNATURE = { failure: 'bad_signature' };
  const newTokens = () => new VerifiedTokens<{ claims: Claims }>((_, claims) => ({ claims }));
  const verify = (tokens: ReturnType<typeof newTokens>, keys: readonly JwsKey[], of = text) => {
    const read = tokens.read(of);
    return read && tokens.verify(read, keys);
  };

  it('are verified once, however often they come', () => {
    const tokens = newTokens();
    expect(tokens.read(text)?.verified).toBeUndefined();
    expect(verify(tokens, [mine])).toEqual({ claims: { sub: 'ann' } });
    expect(tokens.read(text)?.verified).toMatchObject({ key: mine });
    expect(verify(tokens, [newKey(), mine])).toEqual({ claims: { sub: 'ann' } });
  });

  it('count no more once their key does not', () => {
    const tokens = newTokens();
    verify(tokens, [mine]);
    expect(verify(tokens, [])).toEqual(BAD_SIGNATURE);
    expect(verify(tokens, [newKey()])).toEqual(BAD_SIGNATURE);
  });

  it('are verified anew under a copy of their key', () => {
    const tokens = newTokens();
    verify(tokens, [mine]);
    const copy = { ...mine };
    expect(verify(tokens, [copy])).toEqual({ claims: { sub: 'ann' } });
    expect(tokens.read(text)?.verified?.key).toBe(copy);
  });

  it('[D09] are found by their exact text alone', () => {
    const tokens = newTokens();
    verify(tokens, [mine]);
    for (const other of [`${text}=`, ` ${text}`, `${text}\n`, `${text}.`])
      expect(tokens.read(other)).toBeUndefined();
    const last = text.at(-1) as string;
    const flipped = text.slice(0, -1) + (last === 'A' ? 'B' : 'A');
    expect([undefined, BAD_SIGNATURE]).toContainEqual(verify(tokens, [mine], flipped));
  });

  it('are not remembered when nobody holds their key, nor when they are very long', () => {
    const tokens = newTokens();
    expect(verify(tokens, [newKey()])).toEqual(BAD_SIGNATURE);
    expect(tokens.read(text)?.verified).toBeUndefined();
    const long = token(mine.key, { sub: 'x'.repeat(4000) });
    expect(verify(tokens, [mine], long)).toMatchObject({ claims: { sub: 'x'.repeat(4000) } });
    expect(tokens.read(long)?.verified).toBeUndefined();
  });

  it('are asked once what they say, and each time when it is not accepted', () => {
    let asked = 0;
    const accept = (_: unknown, { sub }: Claims) => {
      asked += 1;
      return sub === 'ann' ? { sub } : { failure: 'not_accepted' };
    };
    const tokens = new VerifiedTokens<{ sub: unknown }>(accept);
    const other = token(mine.key, { sub: 'bob' });
    for (const one of [text, text, other, other]) {
      const read = tokens.read(one);
      expect(read && tokens.verify(read, [mine])).toEqual(
        one === text ? { sub: 'ann' } : { failure: 'not_accepted' },
      );
    }
    expect(asked).toBe(3);
  });

  it('are not taken for another that ends alike', () => {
    const tokens = newTokens();
    verify(tokens, [mine]);
    const another = `${part({ alg: 'HS256' })}.${part({ sub: 'bob' })}.${text.split('.')[2]}`;
    expect(verify(tokens, [mine], another)).toEqual(BAD_SIGNATURE);
    expect(verify(tokens, [mine])).toEqual({ claims: { sub: 'ann' } });
  });

  it('are forgotten, the oldest first, when there are too many', () => {
    const tokens = newTokens();
    const first = token(mine.key, { jti: 'first' });
    verify(tokens, [mine], first);
    for (let index = 0; index < 10_000; index += 1) verify(tokens, [mine], token(mine.key, { jti: index }));
    expect(tokens.read(first)?.verified).toBeUndefined();
  });
});
