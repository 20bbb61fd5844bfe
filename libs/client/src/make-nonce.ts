import { encodeBase64Url } from '@portcullis/wire';
import type { CryptoEngine } from './crypto-engine.js';

const NONCE_BYTES = 16;

/** Never the same twice, across all installations of an app. */
export async function makeNonce(engine: CryptoEngine): Promise<string> {
  return encodeBase64Url(await engine.randomBytes(NONCE_BYTES));
}
