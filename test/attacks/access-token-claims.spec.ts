import { NoAccessTokens } from '../../libs/nest/src/authorities/tokens/index.js';
import {
  clock,
  ES,
  HS,
  ISSUER,
  now,
  PAIR,
  present,
  SECRET,
  token,
  verifierOf,
} from '../support/access-tokens.js';
import { OTHER_KINDS, withOtherS } from '../support/token-mutations.js';

const USER = {
  kind: 'access-token',
  id: 'token-1',
  userId: 'user-1',
  clientId: 'bank-ios',
  granted: ['accounts:read', 'transfers:write'],
};

const claimsOf = (text: string) =>
  JSON.parse(Buffer.from(text.split('.')[1] as string, 'base64url').toString()) as { iat: number };
const refusesClaims = async (claims: object) => expect(present(await token(claims))).toBeUndefined();

describe('what holds', () => {
  it('says which user, through which app, with which scopes', async () => {
    expect(present(await token())).toEqual(USER);
    expect(present(await token({}, HS, SECRET))).toEqual(USER);
    expect(present(await token({}, { ...ES, kid: undefined }))).toEqual(USER);
    expect(present(await token({}, { ...ES, typ: 'application/at+jwt' }))).toEqual(USER);
    expect(present(await token({ scope: undefined, sid: 's', extra: [1] }))).toEqual({
      ...USER,
      granted: [],
    });
  });

  it('asks a lone key without a kid whatever a token calls it', async () => {
    const lone = verifierOf({ keys: [PAIR.publicKey.export({ format: 'jwk' })] });
    expect(present(await token(), lone)).toEqual(USER);
    expect(present(await token({}, { ...HS, kid: 'es' }, SECRET), lone)).toBeUndefined();
  });

  it('is nothing where no issuer is configured', async () => {
    expect(present(await token(), new NoAccessTokens())).toBeUndefined();
  });
});

describe('revocations', () => {
  it('[I07] are asked by what a token says, each time that it is presented', async () => {
    const asked: object[] = [];
    let isRevoked = false;
    const revoked = {
      includes: (credential: object) => {
        asked.push(credential);
        return isRevoked;
      },
    };
    const verifier = verifierOf({}, revoked);
    const good = await token();
    expect(present(good, verifier)).toEqual(USER);
    isRevoked = true;
    for (const text of [good, withOtherS(good), good]) expect(present(text, verifier)).toBeUndefined();
    // When its session began nobody says: what is revoked "before a moment" is what was issued before it.
    const issued = { tokenId: 'token-1', userId: 'user-1', clientId: 'bank-ios' };
    expect(asked).toHaveLength(4);
    for (const one of asked) expect(one).toEqual({ ...issued, begunAtMs: expect.any(Number) });
    expect(asked[0]).toMatchObject({ begunAtMs: claimsOf(good).iat * 1000 });
  });
});

describe('claims', () => {
  it('[D11] demands every claim of RFC 9068 §2.2', async () => {
    for (const name of ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'])
      for (const value of [undefined, null, [], {}, true]) await refusesClaims({ [name]: value });
  });

  it('[D12] holds the times against the clock, fractional ones included', async () => {
    // The leeway is a few seconds, and this machine may be busy for as long.
    const time = jest.spyOn(clock, 'now').mockReturnValue(clock.now());
    expect(present(await token({ exp: now() + 300.912, iat: now() - 0.5, nbf: now() - 1 }))).toEqual(USER);
    expect(present(await token({ exp: now() - 3 }))).toEqual(USER);
    for (const exp of ['', `${now() + 300}`, 'NaN', -1, 0, now() - 7]) await refusesClaims({ exp });
    for (const name of ['nbf', 'iat'])
      for (const value of [now() + 60, 1e308, 'soon', `${now()}`]) await refusesClaims({ [name]: value });
    time.mockRestore();
    const dying = await token({ exp: now() + 60 });
    // Remembered from here on, and held against the clock all the same.
    expect(present(dying)).toEqual(USER);
    clock.advance(70);
    expect(present(dying)).toBeUndefined();
  });

  it('refuses one that lives longer than a revocation is remembered', async () => {
    const day = 86_400;
    expect(present(await token({ exp: now() + day }))).toEqual(USER);
    await refusesClaims({ exp: now() + day + 1 });
    const brief = verifierOf({ longestLifeSeconds: 60 });
    expect(present(await token({ exp: now() + 60 }), brief)).toEqual(USER);
    for (const claims of [{ exp: now() + 61 }, { iat: now() - 1, exp: now() + 60 }, { iat: 0 }])
      expect(present(await token(claims), brief)).toBeUndefined();
  });

  it('[D14] compares issuer and audience character by character', async () => {
    expect(present(await token({ aud: ['shop', 'api'] }))).toEqual(USER);
    for (const iss of [
      `${ISSUER}/`,
      'https://ISSUER.example',
      'http://issuer.example',
      ` ${ISSUER}`,
      [ISSUER],
    ])
      await refusesClaims({ iss });
    for (const aud of [
      'shop',
      'Bank',
      'bank ',
      'ban',
      '',
      [],
      ['shop'],
      [['bank']],
      ['bank', 7],
      { bank: 1 },
    ])
      await refusesClaims({ aud });
  });

  it('[D15] refuses every other kind of token, its spelling included', async () => {
    for (const typ of OTHER_KINDS) {
      expect(present(await token({}, { ...ES, typ }))).toBeUndefined();
      expect(present(await token({}, { ...HS, typ }, SECRET))).toBeUndefined();
    }
  });

  it('refuses a token without a user: its client speaks for itself', async () => {
    await refusesClaims({ sub: 'bank-ios' });
  });

  it('[E02] refuses a token that is bound to a key, which is nobody’s bearer token', async () => {
    for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, {}, null]) await refusesClaims({ cnf });
  });

  it('bounds what it hands on, and hands on no text that a store would change', async () => {
    const longest = 'x'.repeat(256);
    expect(present(await token({ jti: longest }))?.id).toBe(longest);
    for (const name of ['sub', 'client_id', 'jti'])
      for (const value of ['', `${longest}x`, 'a\u0000', 'a\nb', 'a\ud800', 7])
        await refusesClaims({ [name]: value });
  });

  it('reads scope by RFC 6749 §3.3 and grants nothing from anything else', async () => {
    for (const scope of ['', ' ', 'a  b', ' a', 'a ', 'a\tb', 'a"b', 'a\\b', 'é', ['a'], 7, null, {}])
      await refusesClaims({ scope });
  });
});
