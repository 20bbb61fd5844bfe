import {
  codeChallengeOf,
  isCodeVerifier,
  isVerifierOf,
} from '../../libs/nest/src/authorities/oauth/codes/code-verifier.js';

describe('RFC 7636, proof key for code exchange', () => {
  /** Appendix B */
  const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
  const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
  const s256 = { codeChallenge: CHALLENGE, codeChallengeMethod: 'S256' } as const;
  const plain = { codeChallenge: VERIFIER, codeChallengeMethod: 'plain' } as const;

  it('[appendix B] makes the challenge of the example', () => {
    expect(codeChallengeOf(VERIFIER)).toBe(CHALLENGE);
    expect(isVerifierOf(VERIFIER, s256)).toBe(true);
  });

  it('[§4.6] takes S256 for S256, and plain for plain', () => {
    expect(isVerifierOf(VERIFIER, plain)).toBe(true);
    expect(isVerifierOf(CHALLENGE, s256)).toBe(false);
    expect(isVerifierOf(CHALLENGE, plain)).toBe(false);
    expect(isVerifierOf(VERIFIER, { ...s256, codeChallengeMethod: 'plain' })).toBe(false);
    expect(isVerifierOf(VERIFIER, { ...plain, codeChallengeMethod: 'S256' })).toBe(false);
  });

  it.each([
    ['of the shortest length', 'a'.repeat(43), true],
    ['of the longest length', '~'.repeat(128), true],
    ['of every unreserved character', `${VERIFIER}.~-_09AZaz`, true],
    ['one too short', 'a'.repeat(42), false],
    ['one too long', 'a'.repeat(129), false],
    ['padded', `${'a'.repeat(43)}=`, false],
    ['of plain base64', `${'a'.repeat(43)}+/`, false],
    ['with a line feed at its end', `${'a'.repeat(43)}\n`, false],
    ['beyond ASCII', 'ä'.repeat(43), false],
    ['empty', '', false],
  ])('[§4.1] judges a verifier %s', (_, text, isOne) => {
    expect(isCodeVerifier(text)).toBe(isOne);
    // What can be no verifier is not, even where it is the very challenge.
    expect(isVerifierOf(text, { codeChallenge: text, codeChallengeMethod: 'plain' })).toBe(isOne);
    expect(isVerifierOf(text, { ...s256, codeChallenge: codeChallengeOf(text) })).toBe(isOne);
  });
});
