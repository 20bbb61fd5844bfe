import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { FixedClock } from '@portcullis/nest/testing';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { parseOrigin } from '@portcullis/wire';
import { DpopNonces, DpopOptions, DpopProofs } from '../../libs/nest/src/layers/user/index.js';
import type { InboundRequest } from '../../libs/nest/src/pipeline/index.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { aDevice, aProof, type ProofParts } from '../support/dpop-proofs.js';
import { claimsOf, signingNode } from '../support/signing-node.js';

/** The key of every example of RFC 9449, and its thumbprint (§6.1). */
const HEADER =
  'eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19';
const THUMBPRINT = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const TOKEN = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU';
const TOKEN_REQUEST = `${HEADER}.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg`;
const RESOURCE_REQUEST = `${HEADER}.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA`;
const AT_SECONDS = 1_562_262_616;

const clock = new FixedClock(AT_SECONDS * 1000);
const options = new DpopOptions();
const ring = [randomBytes(32)];
const nodeOf = (...keys: Buffer[]) =>
  new DpopProofs(new DpopNonces(new KeyRing(keys), clock, options), options, clock);
const proofs = nodeOf(...ring);

function requestOf(method: string, url: string, ...headers: string[]): InboundRequest {
  const [, origin = '', target = '/'] = /^(https?:\/\/[^/]+)(.*)$/.exec(url) ?? [];
  const rawHeaders = headers.flatMap((proof) => ['DPoP', proof]);
  return { method, target, rawHeaders, origin: parseOrigin(origin) } as unknown as InboundRequest;
}

/** The refusal, or undefined. */
function refusal(act: () => unknown) {
  try {
    act();
    return undefined;
  } catch (error) {
    const { code, status, reason, headers } = error as Record<string, unknown>;
    return { code, status, reason, headers: headers as Record<string, string> };
  }
}

beforeEach(() => clock.set(AT_SECONDS * 1000));

describe('the examples of RFC 9449', () => {
  const tokenRequest = (...headers: string[]) =>
    requestOf('POST', 'https://server.example.com/token', ...headers);
  const resource = requestOf('GET', 'https://resource.example.org/protectedresource', RESOURCE_REQUEST);

  it('[§4.1, §6.1] a proof for a token request holds, and is of the key of that thumbprint', () => {
    expect(proofs.read(tokenRequest(TOKEN_REQUEST))?.thumbprint).toBe(THUMBPRINT);
  });

  it('[§7.1] a proof for a resource holds together with the access token whose hash it has', () => {
    expect(proofs.read(resource, { accessToken: TOKEN })?.thumbprint).toBe(THUMBPRINT);
    const reason = 'ath_mismatch';
    expect(refusal(() => proofs.read(resource, { accessToken: `${TOKEN}x` }))).toMatchObject({ reason });
  });

  it('[§4.3 step 1] there is one proof or none', () => {
    expect(proofs.read(tokenRequest())).toBeUndefined();
    const twice = refusal(() => proofs.read(tokenRequest(TOKEN_REQUEST, TOKEN_REQUEST)));
    expect(twice).toMatchObject({ code: 'malformed_credentials', status: 400 });
  });

  it('[§7.1] a refusal says the scheme, the algorithm and the error', () => {
    const wrong = refusal(() => proofs.read(requestOf('GET', 'https://server.example.com/token', 'x')));
    expect(wrong).toMatchObject({ code: 'invalid_dpop_proof', status: 401 });
    expect(wrong?.headers).toEqual({ 'WWW-Authenticate': 'DPoP algs="ES256", error="invalid_dpop_proof"' });
  });
});

const URL_OF_API = 'https://api.example/accounts';
const device = aDevice();
const proofOf = (parts: Partial<ProofParts> = {}) =>
  aProof({ device, url: URL_OF_API, nowMs: clock.now(), ...parts });
const read = (proof: string, by = proofs, url = `${URL_OF_API}?page=2`) =>
  by.read(requestOf('GET', url, proof));
const why = async (parts: Partial<ProofParts>, by = proofs) => {
  const proof = await proofOf(parts);
  return refusal(() => read(proof, by));
};

describe('[§4.3] a proof is judged', () => {
  it('by the URI in any spelling that is the same', async () => {
    for (const htu of ['HTTPS://API.example:443/x/../%61ccounts', `${URL_OF_API}?a=1#b`])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(read(await proofOf({ claims: { htu } }))?.thumbprint).toBe(device.thumbprint);
  });

  it('[§4.3 step 11, E09, E12] by its time: a minute old, ten seconds ahead, and no more', async () => {
    const iat = (seconds: number) => ({ claims: { iat: AT_SECONDS + seconds } });
    for (const seconds of [-60, -10, 0, 10]) expect(await why(iat(seconds))).toBeUndefined();
    for (const seconds of [-61, 11, 3600, -3600]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const refused = await why(iat(seconds));
      expect(refused).toMatchObject({ code: 'use_dpop_nonce', status: 401 });
      expect(refused?.reason).toBe(`dpop_iat_skew: ${-seconds} s`);
      expect(refused?.headers['WWW-Authenticate']).toBe('DPoP algs="ES256", error="use_dpop_nonce"');
      expect(refused?.headers['DPoP-Nonce']).toMatch(/^[\x21\x23-\x5b\x5d-\x7e]+$/);
    }
    expect(await why({ claims: { exp: AT_SECONDS } })).toMatchObject({ reason: 'dpop_not_valid_now' });
    expect(await why({ claims: { nbf: AT_SECONDS + 11 } })).toMatchObject({ reason: 'dpop_not_valid_now' });
  });

  it('[§11.1] as one that is good once, under its key, its jti and its URI, as long as it is admitted', async () => {
    const proof = await proofOf({ claims: { jti: 'one' } });
    const claim = read(proof)?.claim;
    expect(claim).toMatchObject({ onUsed: 'invalid_dpop_proof', onForgotten: 'use_dpop_nonce' });
    expect(claim?.issuedAt).toBe(AT_SECONDS * 1000);
    expect(claim?.expiresAt).toBe((AT_SECONDS + 1 + 60 + 2) * 1000);
    expect(read(proof, nodeOf(...ring), 'https://api.example/accounts?page=3')?.claim.key).toBe(claim?.key);
    const others = [
      await proofOf({ claims: { jti: 'two' } }),
      await proofOf({ device: aDevice(), claims: { jti: 'one' } }),
    ];
    const keys = others.map((other) => read(other)?.claim.key);
    const elsewhere = await proofOf({ url: 'https://api.example/b', claims: { jti: 'one' } });
    keys.push(read(elsewhere, proofs, 'https://api.example/b')?.claim.key, claim?.key);
    expect(new Set(keys).size).toBe(4);
    const forgotten = claim?.refuse?.('use_dpop_nonce', 'claim_forgotten');
    expect(forgotten?.headers['DPoP-Nonce']).toBe(proofs.freshNonce());
    expect(claim?.refuse?.('invalid_dpop_proof', 'claim_used').code).toBe('invalid_dpop_proof');
  });
});

describe('[§8, §9, E10] a nonce', () => {
  const withNonce = (nonce: unknown, iat = AT_SECONDS - 7200) => ({ claims: { nonce, iat } });

  it('makes up for a clock that is wrong by hours, on every node of the key ring', async () => {
    const nonce = proofs.freshNonce();
    for (const node of [proofs, nodeOf(...ring), nodeOf(randomBytes(32), ...ring)])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await why(withNonce(nonce), node)).toBeUndefined();
    const claim = read(await proofOf(withNonce(nonce)))?.claim;
    expect(claim?.issuedAt).toBe(AT_SECONDS * 1000);
    expect(claim?.expiresAt).toBe((AT_SECONDS + 1 + 300 + 2) * 1000);
  });

  it('is good for five minutes', async () => {
    const nonce = proofs.freshNonce();
    clock.advance(300);
    expect(await why(withNonce(nonce))).toBeUndefined();
    const claim = read(await proofOf(withNonce(nonce, AT_SECONDS + 300)))?.claim;
    expect(claim?.issuedAt).toBe((AT_SECONDS + 300) * 1000);
    clock.advance(1);
    const over = await why(withNonce(nonce));
    expect(over).toMatchObject({ code: 'use_dpop_nonce', reason: 'dpop_nonce_not_good' });
    expect(await why(withNonce(over?.headers['DPoP-Nonce']))).toBeUndefined();
  });

  it('is not good when it is foreign, changed, or of a time to come, whatever the clock says', async () => {
    const nonce = proofs.freshNonce();
    const foreign = nodeOf(randomBytes(32)).freshNonce();
    const [second, ...hash] = nonce.split('.') as [string, ...string[]];
    const later = `${(Number.parseInt(second, 36) + 1).toString(36)}.${hash.join('.')}`;
    clock.advance(3);
    const ahead = proofs.freshNonce();
    clock.advance(-3);
    for (const bad of [foreign, later, ahead, 'x', `${nonce} `, nonce.toUpperCase()])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await why(withNonce(bad, AT_SECONDS))).toMatchObject({ code: 'use_dpop_nonce' });
    clock.advance(-2);
    expect(await why(withNonce(nonce))).toBeUndefined();
  });

  it('is not given to whoever has no key', async () => {
    const refused = await why({ ...withNonce(undefined), key: aDevice().privateKey });
    expect(refused).toMatchObject({ code: 'invalid_dpop_proof', reason: 'dpop_bad_signature' });
    expect(refused?.headers).not.toHaveProperty('DPoP-Nonce');
  });
});

describeOnOneDatabase('[§6.1] a token that is issued here', (open) => {
  let database: OpenedDatabase;
  beforeAll(async () => (database = await open({ migrations: PORTCULLIS_MIGRATIONS })));
  afterAll(() => database.close());

  it('says which key it is bound to, where it is bound to one', async () => {
    const { issue, verifier } = signingNode({ dataSource: database.dataSource, clock });
    const bound = await issue({ boundKey: THUMBPRINT });
    expect(claimsOf(bound.accessToken)['cnf']).toEqual({ jkt: THUMBPRINT });
    expect(await verifier.verify(bound.accessToken)).toMatchObject({ boundKey: THUMBPRINT });
    for (const boundKey of [null, undefined]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { accessToken } = await issue({ boundKey });
      expect(claimsOf(accessToken)).not.toHaveProperty('cnf');
      expect(verifier.verify(accessToken)).not.toHaveProperty('boundKey');
    }
  });
});
