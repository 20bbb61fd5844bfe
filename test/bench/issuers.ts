import { createECDH, createHmac, createPrivateKey, type JsonWebKey, type KeyObject } from 'node:crypto';

/** Where the API is reached from outside, whichever port a stack listens on: all get the same signed requests. */
export const ORIGIN = { scheme: 'https', host: 'api.bank.example', port: 443 } as const;
export const ORIGIN_TEXT = `${ORIGIN.scheme}://${ORIGIN.host}`;

export const TOKEN_ISSUER = 'https://issuer.bank.example';
export const AUDIENCE = 'bank';
export const SCOPES = ['accounts:read', 'transfers:write'] as const;

export interface AppSecrets {
  readonly id: string;
  /** Text of which the UTF-8 bytes are the key. */
  readonly signing: string;
  readonly integrity: Buffer;
}

/** Every key of a run, derived from its seed, so that processes need not hand keys around. */
export class Issuers {
  constructor(private readonly seed: string) {}

  app(index: number): AppSecrets {
    const id = `bank-app-${index}`;
    return {
      id,
      signing: this.derive(`signing ${id}`).toString('base64url'),
      integrity: this.derive(`integrity ${id}`),
    };
  }

  /** HS256 secret of the user tokens. */
  userSecret(): Buffer {
    return this.derive('user tokens');
  }

  /** ES256 key of the user tokens. */
  userKey(): { privateKey: KeyObject; publicJwk: JsonWebKey } {
    const ecdh = createECDH('prime256v1');
    const scalar = this.derive('user key');
    ecdh.setPrivateKey(scalar);
    const point = ecdh.getPublicKey();
    const publicJwk = {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(1, 33).toString('base64url'),
      y: point.subarray(33).toString('base64url'),
    };
    const jwk = { ...publicJwk, d: scalar.toString('base64url') };
    return { privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), publicJwk };
  }

  private derive(purpose: string): Buffer {
    return createHmac('sha256', this.seed).update(purpose).digest();
  }
}
