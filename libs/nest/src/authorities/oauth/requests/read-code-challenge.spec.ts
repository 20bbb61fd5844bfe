import { OAuthError } from '../protocol/oauth-error.js';
import { readCodeChallenge } from './read-code-challenge.js';

/** RFC 7636 appendix B */
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

function read(parameters: Record<string, string>, plainPkce = false) {
  return readCodeChallenge(new Map(Object.entries(parameters)), { plainPkce });
}

describe('RFC 7636 §4.3: the code challenge of a request', () => {
  it('is a SHA-256 digest in base64url, or nothing', () => {
    expect(read({ code_challenge: CHALLENGE, code_challenge_method: 'S256' })).toEqual({
      challenge: CHALLENGE,
      method: 'S256',
    });
    expect(read({})).toBeUndefined();
  });

  it('is a verifier, with or without a method, of an app that may use `plain`', () => {
    const plain = { challenge: VERIFIER, method: 'plain' };
    expect(read({ code_challenge: VERIFIER, code_challenge_method: 'plain' }, true)).toEqual(plain);
    expect(read({ code_challenge: VERIFIER }, true)).toEqual(plain);
    expect(read({ code_challenge: '~.'.repeat(64) }, true)?.challenge).toHaveLength(128);
  });

  it.each([
    ['pkce_plain', { code_challenge: CHALLENGE }],
    ['pkce_plain', { code_challenge: VERIFIER, code_challenge_method: 'plain' }],
    ['pkce_method_unknown', { code_challenge: CHALLENGE, code_challenge_method: 's256' }],
    ['pkce_method_without_challenge', { code_challenge_method: 'S256' }],
    ['pkce_malformed', { code_challenge: CHALLENGE.slice(1), code_challenge_method: 'S256' }],
    ['pkce_malformed', { code_challenge: `${CHALLENGE}A`, code_challenge_method: 'S256' }],
    ['pkce_malformed', { code_challenge: `${CHALLENGE}=`, code_challenge_method: 'S256' }],
    ['pkce_malformed', { code_challenge: `${CHALLENGE.slice(0, -1)}N`, code_challenge_method: 'S256' }],
    ['pkce_malformed', { code_challenge: CHALLENGE.replace('-', '+'), code_challenge_method: 'S256' }],
    ['pkce_malformed', { code_challenge: CHALLENGE.replace('E', 'Ä'), code_challenge_method: 'S256' }],
  ])('is refused: %s', (reason, parameters) => {
    expect(() => read(parameters)).toThrow(new OAuthError('invalid_request', { reason }));
  });

  it.each([42, 129])('is refused as `plain` with %i characters', (length) => {
    const tooLong = { code_challenge: 'a'.repeat(length), code_challenge_method: 'plain' };
    expect(() => read(tooLong, true)).toThrow('pkce_malformed');
  });
});
