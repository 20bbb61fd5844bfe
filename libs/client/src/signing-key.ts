import { decodeBase64, hawkTimestampString, type HawkStaleChallenge } from '@portcullis/wire';
import type { Bytes, CryptoEngine } from './crypto-engine.js';
import { equalBytes } from './equal-bytes.js';
import type { SigningSecret } from './signing-secret.js';
import { latin1Bytes, utf8Bytes } from './text-bytes.js';

/** What MACs are made with; the secret does not leave it. */
export class SigningKey {
  private bytes: Promise<Bytes> | undefined;

  constructor(
    private readonly secret: SigningSecret,
    private readonly engine: CryptoEngine,
  ) {}

  async mac(text: string): Promise<Bytes> {
    return this.engine.hmacSha256(await this.key(), latin1Bytes(text));
  }

  async verify(text: string, mac: string): Promise<boolean> {
    return equalBytes(await this.mac(text), decodeBase64(mac));
  }

  /** Whether the server's time is the server's: whoever holds no secret moves no clock. */
  verifyTime({ ts, tsm }: HawkStaleChallenge): Promise<boolean> {
    return this.verify(hawkTimestampString(ts), tsm);
  }

  private key(): Promise<Bytes> {
    this.bytes ??= this.read();
    // A Keychain that was locked is asked again.
    this.bytes.catch(() => (this.bytes = undefined));
    return this.bytes;
  }

  private async read(): Promise<Bytes> {
    const text = typeof this.secret === 'string' ? this.secret : await this.secret();
    if (text === '') throw new TypeError('signing.secret: expected a secret, found nothing');
    return utf8Bytes(text);
  }
}
