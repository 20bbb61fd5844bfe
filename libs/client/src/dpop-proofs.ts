import {
  dpopHtu,
  dpopProofHeader,
  encodeBase64Url,
  jwkThumbprintInput,
  parseOrigin,
  type DpopProofClaims,
} from '@portcullis/wire';
import type { Clock } from './clock.js';
import type { CryptoEngine } from './crypto-engine.js';
import type { DpopKey, DpopKeySource } from './dpop-key.js';
import { makeNonce } from './make-nonce.js';
import { latin1Bytes, utf8Bytes } from './text-bytes.js';

export interface DpopProofsParts {
  readonly source: DpopKeySource;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
}

/** What a proof is for: this request and no other. */
export interface ProvenRequest {
  readonly method: string;
  readonly url: string;
  /** That goes with it; none at the authorization server. */
  readonly accessToken?: string;
}

/** What DPoP-Nonce may be (RFC 9449 §8.1), and no longer than servers make it. */
const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/;
const SIGNATURE_BYTES = 64;

/** DPoP proofs (RFC 9449 §4) of the installation's key, with the nonce that each server wants to see next. */
export class DpopProofs {
  private key: Promise<DpopKey> | undefined;
  /** By origin (RFC 9449 §8.2). */
  private readonly nonces = new Map<string, string>();

  constructor(private readonly parts: DpopProofsParts) {}

  /** What tokens are bound to: the SHA-256 thumbprint of the key (RFC 7638), in base64url. */
  async thumbprint(): Promise<string> {
    const { publicJwk } = await this.opened();
    return this.hash(jwkThumbprintInput(publicJwk));
  }

  /** Never the same twice. Throws what the key throws, and a TypeError for a URL that no server reads in one way. */
  async prove({ method, url, accessToken }: ProvenRequest): Promise<string> {
    const { engine, clock } = this.parts;
    const htu = dpopHtu(url);
    if (htu === undefined) throw new TypeError('expected a URL whose path is encoded');
    const key = await this.opened();
    const claims: DpopProofClaims = {
      htm: method,
      htu,
      iat: Math.floor(clock.now() / 1000),
      jti: await makeNonce(engine),
      ath: accessToken === undefined ? undefined : await this.hash(accessToken),
      nonce: this.nonces.get(originOf(url)),
    };
    const input = `${encoded(dpopProofHeader(key.publicJwk))}.${encoded(claims)}`;
    const signature = await key.sign(latin1Bytes(input));
    if (signature.byteLength !== SIGNATURE_BYTES)
      throw new TypeError('dpop.sign: expected r and s, 64 bytes together; see ecdsaSignatureOfDer');
    return `${input}.${encodeBase64Url(signature)}`;
  }

  /** Takes the nonce that an answer brings, whatever the answer is (RFC 9449 §8.2). False when it brings none. */
  learn(url: string, answer: Headers): boolean {
    const nonce = answer.get('dpop-nonce');
    if (nonce === null || !NONCE.test(nonce)) return false;
    this.nonces.set(originOf(url), nonce);
    return true;
  }

  private async hash(text: string): Promise<string> {
    return encodeBase64Url(await this.parts.engine.sha256(utf8Bytes(text)));
  }

  private opened(): Promise<DpopKey> {
    this.key ??= this.open();
    // A Keystore that was locked is asked again.
    this.key.catch(() => (this.key = undefined));
    return this.key;
  }

  private async open(): Promise<DpopKey> {
    const { source } = this.parts;
    const key = typeof source === 'function' ? await source() : source;
    const { kty, crv, x, y } = key.publicJwk;
    if (kty !== 'EC' || crv !== 'P-256' || typeof x !== 'string' || typeof y !== 'string')
      throw new TypeError('dpop.publicJwk: expected kty EC, crv P-256, x and y');
    return key;
  }
}

function encoded(part: object): string {
  return encodeBase64Url(utf8Bytes(JSON.stringify(part)));
}

function originOf(url: string): string {
  const [text = url] = /^[^/?#]*:\/\/[^/?#]*/.exec(url) ?? [];
  return parseOrigin(text)?.text ?? text;
}
