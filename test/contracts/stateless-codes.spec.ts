import { randomBytes } from 'node:crypto';
import { Clock, KeyRing, MemoryClaimStore } from '@portcullis/nest';
import type { AuthorizationGrant } from '../../libs/nest/src/authorities/authorizations/index.js';
import type { IssuedCode } from '../../libs/nest/src/authorities/oauth/codes/authorization-codes.js';
import { SealedAuthorizationCodes } from '../../libs/nest/src/authorities/oauth/codes/sealed-authorization-codes.js';
import { OAuthOptions } from '../../libs/nest/src/authorities/oauth/oauth.options.js';
import { TokenOptions } from '../../libs/nest/src/authorities/tokens/index.js';

class SetClock extends Clock {
  ms = Date.parse('2026-03-29T12:00:00.123Z');

  override now(): number {
    return this.ms;
  }
}

const GRANT: AuthorizationGrant = {
  appId: 'bank-ios',
  redirectUri: 'com.example.bank:/callback?a=b#ü"\u0007',
  codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  codeChallengeMethod: 'S256',
  userId: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
  credentialVersionHash: `0123abcd.${'a'.repeat(43)}`,
  scopes: ['accounts:read', 'transfers:write'],
  resource: 'https://shop.example/api',
  dpopJkt: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  device: 'Firefox on Debian',
  address: '203.0.113.0/24',
};

describe('stateless codes', () => {
  const key = randomBytes(32);
  const clock = new SetClock();

  const node = ({ keys = [key], claims = new MemoryClaimStore(clock, { forgottenUntil: 0 }) } = {}) =>
    new SealedAuthorizationCodes({
      claims,
      keyRing: new KeyRing(keys),
      options: new OAuthOptions({ codes: 'stateless' }),
      tokens: new TokenOptions({ issuer: 'https://bank.example' }),
      clock,
    });

  it.each([
    ['everything', GRANT],
    [
      'as little as can be',
      {
        ...GRANT,
        codeChallengeMethod: 'plain',
        scopes: [],
        resource: null,
        dpopJkt: null,
        device: null,
        address: null,
      },
    ],
  ] as const)('stand for %s, on every node, and say nothing of it', async (_, grant) => {
    const code = await node().issue(grant);
    expect(await node().find(code)).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      grant,
      issuedAt: new Date(clock.ms),
      expiresAt: new Date(clock.ms + 60_000),
    });
    expect(Buffer.from(code, 'base64url').toString('latin1')).not.toContain('bank');
    expect(code.length).toBeLessThan(800);
  });

  it('are found when the key ring has got a newer key, and not under another', async () => {
    const code = await node().issue(GRANT);
    expect(await node({ keys: [randomBytes(32), key] }).find(code)).toBeDefined();
    expect(await node({ keys: [randomBytes(32)] }).find(code)).toBeUndefined();
  });

  it('are none with any bit changed, cut off or spelled otherwise', async () => {
    const codes = node();
    const sealed = Buffer.from(await codes.issue(GRANT), 'base64url');
    for (let at = 0; at < sealed.byteLength; at++) {
      const changed = Buffer.from(sealed);
      changed[at] = (changed[at] as number) ^ (1 << (at % 8));
      expect(await codes.find(changed.toString('base64url'))).toBeUndefined();
    }
    const whole = sealed.toString('base64url');
    for (const text of [
      '',
      'A',
      whole.slice(1),
      whole.slice(0, -4),
      `${whole}=`,
      `${whole} `,
      `${whole}AAAA`,
    ])
      expect(await codes.find(text)).toBeUndefined();
  });

  it('are none where something else was sealed under the same key', async () => {
    const other = new KeyRing([key]).seal(Buffer.from('[]'), 'interaction').toString('base64url');
    expect(await node().find(other)).toBeUndefined();
  });

  it('are consumed once, over all nodes that share what was claimed', async () => {
    const claims = new MemoryClaimStore(clock, { forgottenUntil: 0 });
    const [one, other] = [node({ claims }), node({ claims })];
    const code = (await one.find(await one.issue(GRANT))) as IssuedCode;
    expect(await one.consume(code)).toBe(true);
    expect(await other.consume(code)).toBe(false);
    expect(await one.consume(code)).toBe(false);
  });

  it('are not consumed where they may have been in a memory that is gone', async () => {
    const codes = node({ claims: new MemoryClaimStore(clock, { forgottenUntil: clock.ms + 1 }) });
    const code = (await codes.find(await codes.issue(GRANT))) as IssuedCode;
    expect(await codes.consume(code)).toBe(false);
  });
});
