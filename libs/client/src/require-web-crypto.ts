/** Throws a TypeError where there is none. */
export function requireWebCrypto(): Crypto {
  const found = globalThis.crypto as Crypto | undefined;
  // Outside of secure contexts there is a generator, and no `subtle`.
  if (!found?.subtle)
    throw new TypeError('crypto: there is no crypto.subtle here; bring a CryptoEngine, and a DpopKey');
  return found;
}
