import { Injectable } from '@nestjs/common';
import { freshBytes, KeyRing } from '../../crypto/index.js';
import { Clock } from '../../pipeline/index.js';
import { SessionOptions } from './session.options.js';

/** Purpose of the keyed hash that a proof carries. */
const TAG = 'device proof';
const ID_BYTES = 16;
const PROOF = /^([\w-]{22})\.([1-9]\d{9,11})\.([\da-f]{8}\.[\w-]{43})$/;

/**
 * The text by which a device shows that a user has signed in on it: `<device id>.<expiry>.<tag>`, where the expiry is in
 * seconds since 1970. The tag is a keyed hash over these and the user's name, which is not in the text: a proof is good
 * for one user, cannot be made up, and tells whoever reads it nothing. It is no credential: its holder still needs the password.
 */
@Injectable()
export class DeviceProofs {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly options: SessionOptions,
    private readonly clock: Clock,
  ) {}

  /** @param name in the form in which usernames are compared. */
  mint(name: string): string {
    const id = freshBytes(ID_BYTES).toString('base64url');
    const expiresAt = String(Math.floor((this.clock.now() + this.options.knownForMs) / 1000));
    return `${id}.${expiresAt}.${this.keyRing.keyedHash(TAG, bodyOf({ id, expiresAt, name }))}`;
  }

  /** The id of the device; undefined for a proof that is expired, another user's, or none at all: nobody learns which. */
  read(proof: string, name: string): string | undefined {
    const [, id, expiresAt, tag] = PROOF.exec(proof) ?? [];
    if (id === undefined || expiresAt === undefined) return undefined;
    const genuine = this.keyRing.matchesHash(TAG, bodyOf({ id, expiresAt, name }), tag);
    return genuine && Number(expiresAt) * 1000 > this.clock.now() ? id : undefined;
  }
}

/** Neither id nor expiry holds a dot: no two proofs read the same, whatever the name. */
function bodyOf({ id, expiresAt, name }: Record<'id' | 'expiresAt' | 'name', string>): string {
  return `${id}.${expiresAt}.${name}`;
}
