import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { decodeBase64 } from '@portcullis/wire';
import { equalText, KeyRing } from '../../crypto/index.js';
import type { IntegritySecret } from '../../layers/app-integrity/index.js';
import type { SigningSecret } from '../../layers/request-signature/index.js';
import type { AppSecretRecord, SecretPurpose } from './app.store.js';

const SECRET_BYTES = 32;
/** The purpose of a client secret's keyed hash. */
const CLIENT_SECRET = 'client secret';

/** A secret in the one moment in which it can be read, and as it is kept. */
export interface MintedSecret {
  /** `integrity`: base64 of its bytes; otherwise text, of which the UTF-8 bytes are used. */
  readonly text: string;
  readonly record: AppSecretRecord;
}

export interface SecretToKeep {
  readonly appId: string;
  readonly purpose: SecretPurpose;
  /** Made anew when it is not given. */
  readonly text?: string | undefined;
  readonly createdAt: Date;
}

/** Makes secrets, and turns them into what rests and back. Each is sealed for its own row: moved, it does not open. */
@Injectable()
export class SecretVault {
  constructor(private readonly keyRing: KeyRing) {}

  mint({ appId, purpose, text = newText(purpose), createdAt }: SecretToKeep): MintedSecret {
    const id = randomUUID();
    const kept =
      purpose === 'client'
        ? { sealed: null, hash: this.keyRing.keyedHash(CLIENT_SECRET, text) }
        : {
            sealed: this.keyRing.seal(bytesOf(purpose, text), contextOf({ id, appId, purpose })),
            hash: null,
          };
    return { text, record: { id, appId, purpose, ...kept, createdAt, expiresAt: null } };
  }

  /** Throws SealBroken when the key ring cannot open it: a lost key is no reason to admit anybody. */
  signingSecret(record: AppSecretRecord): SigningSecret {
    return { id: record.id, key: createSecretKey(this.open(record)) };
  }

  /** Throws SealBroken. */
  integritySecret(record: AppSecretRecord): IntegritySecret {
    return { id: record.id, algorithm: 'HS256', key: createSecretKey(this.open(record)) };
  }

  /**
   * Whether this is the text of a secret that is kept for any purpose: one secret serves one purpose. One that cannot be
   * opened serves none.
   */
  isKept(bytes: Uint8Array, records: readonly AppSecretRecord[]): boolean {
    return records.some(
      (record) =>
        (record.sealed !== null && this.opensTo(record, bytes)) ||
        this.keyRing.matchesHash(CLIENT_SECRET, Buffer.from(bytes).toString('utf8'), record.hash),
    );
  }

  /**
   * Whether this is the text of one of the client secrets whose hashes these are. The work is the same however many there are,
   * and when there is none, so that nobody learns from the time which apps there are.
   */
  isClientSecret(text: string, hashes: readonly string[]): boolean {
    const made = this.keyRing.keyedHashes(CLIENT_SECRET, text);
    return hashes.some((kept) => made.some((one) => equalText(one, kept)));
  }

  private opensTo(record: AppSecretRecord, bytes: Uint8Array): boolean {
    try {
      return this.open(record).equals(bytes);
    } catch {
      return false;
    }
  }

  private open(record: AppSecretRecord): Buffer {
    return this.keyRing.open(record.sealed ?? Buffer.alloc(0), contextOf(record));
  }
}

/** The bytes that a secret's text stands for. */
export function bytesOf(purpose: SecretPurpose, text: string): Uint8Array {
  return (purpose === 'integrity' ? decodeBase64(text) : undefined) ?? Buffer.from(text, 'utf8');
}

function newText(purpose: SecretPurpose): string {
  return randomBytes(SECRET_BYTES).toString(purpose === 'integrity' ? 'base64' : 'base64url');
}

/** A purpose and a UUID hold no slash, so that no two rows read the same. */
function contextOf({ id, appId, purpose }: Pick<AppSecretRecord, 'id' | 'appId' | 'purpose'>): string {
  return `app secret/${purpose}/${id}/${appId}`;
}
