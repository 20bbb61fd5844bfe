import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { KeyRing, newOpaqueKey, parseOpaqueKey } from '../../crypto/index.js';
import { RefreshTokens } from './refresh-tokens.js';

const OLD = randomBytes(32);
const NEW = randomBytes(32);
const ring = new KeyRing([NEW, OLD]);
const tokens = new RefreshTokens(ring);
const before = new RefreshTokens(new KeyRing([OLD]));
const { id: sessionId } = newOpaqueKey();

it('reads what it has made', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (generation) => {
      const token = tokens.mint(sessionId, generation);
      expect(tokens.parse(token.text)).toEqual(token);
    }),
  );
});

it('never makes the same token twice', () => {
  const made = Array.from({ length: 1000 }, () => tokens.mint(sessionId, 0).secret);
  expect(new Set(made).size).toBe(1000);
  for (const secret of made) expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
});

it('has a form that neither a session’s key nor a JWS has', () => {
  const { text } = tokens.mint(sessionId, 0);
  expect(text.split('.')).toHaveLength(4);
  expect(parseOpaqueKey(text)).toBeUndefined();
});

it('makes none for a session id of another form', () => {
  for (const id of ['', 'short', `${sessionId}.`, `${sessionId.slice(0, -1)}B`, 'ü'.repeat(22)])
    expect(() => tokens.mint(id, 0)).toThrow(TypeError);
});

it('reads tokens of an older key of the ring, and none of a key that is not in it', () => {
  const old = before.mint(sessionId, 7);
  expect(tokens.parse(old.text)).toEqual(old);
  expect(before.parse(tokens.mint(sessionId, 7).text)).toBeUndefined();
});

it('keeps a hash that is another for every session, secret and generation, and is not the tag', () => {
  const [sid, secret] = tokens.mint(sessionId, 1).text.split('.');
  const bodies = [`${sid}.${secret}.1`, `${sid}.${secret}.2`, `${newOpaqueKey().id}.${secret}.1`];
  const made = bodies.map((body) => ring.keyedHashPair('refresh token', body));
  const read = made.map(({ keyId, shown }, at) => tokens.parse(`${bodies[at]}.${keyId}${shown}`));
  expect(read).not.toContain(undefined);
  const others = [tokens.mint(sessionId, 1), tokens.mint(sessionId, 1)];
  const hashes = [...read, ...others].map((token) => token?.hash);
  expect(new Set(hashes).size).toBe(5);
  for (const token of [...read, ...others])
    for (const part of token?.hash.split('.').slice(1) ?? []) expect(token?.text).not.toContain(part);
});

it('reads no text in which one character is another', () => {
  const { text } = tokens.mint(sessionId, 12);
  for (let at = 0; at < text.length; at++)
    for (const other of ['A', 'B', '0', '1', '.', '_', ' ', '\n'])
      if (text[at] !== other)
        expect(tokens.parse(`${text.slice(0, at)}${other}${text.slice(at + 1)}`)).toBeUndefined();
});

it('reads no second spelling of a token', () => {
  const token = tokens.mint(sessionId, 10);
  const [sid, secret, , tag] = token.text.split('.') as [string, string, string, string];
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twin = (part: string) => part.slice(0, -1) + last[last.indexOf(part.at(-1) as string) + 1];
  const spellings = [
    `${sid}.${secret}.010.${tag}`,
    `${sid}.${secret}.+10.${tag}`,
    `${sid}.${secret}.1e1.${tag}`,
    `${sid}.${secret}.10.0.${tag}`,
    `${twin(sid)}.${secret}.10.${tag}`,
    `${sid}.${twin(secret)}.10.${tag}`,
    `${sid}.${secret}.10.${twin(tag)}`,
    `${sid}.${secret}=.10.${tag}`,
    `${token.text}=`,
    `${token.text}\n`,
    ` ${token.text}`,
    `${token.text}.`,
    `${sid}.${secret}.10.${tag.toUpperCase()}`,
    `${sid}.${secret}.10.${tag.slice(0, 8)}.${tag.slice(8)}`,
    `${sid}.${secret}.10`,
    `${sid}.${secret}.10.`,
    `${sid}.${secret}.9999999999.${tag}`,
  ];
  for (const text of spellings) expect(tokens.parse(text)).toBeUndefined();
});

it('reads nothing into whatever else there is', () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => tokens.parse(text) === undefined));
});
