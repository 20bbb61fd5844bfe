import { createHash, createSecretKey } from 'node:crypto';
import { decodeBase64 } from '@portcullis/wire';
import type { RegisteredApp } from '../../layers/app-key/index.js';
import type { IntegritySecret } from '../../layers/app-integrity/index.js';
import type { SigningSecret } from '../../layers/request-signature/index.js';
import type { AppSetting } from './app-setting.js';

const HMAC_BLOCK_BYTES = 64;

function signingSecret(id: string, text: string): SigningSecret {
  const bytes = Buffer.from(text, 'utf8');
  // RFC 2104 §2 hashes a longer key before each use; done once, no app can be told by how long its secret takes.
  const key = bytes.byteLength > HMAC_BLOCK_BYTES ? createHash('sha256').update(bytes).digest() : bytes;
  return { id, key: createSecretKey(key) };
}

function integritySecret(id: string, text: string): IntegritySecret {
  return { id, algorithm: 'HS256', key: createSecretKey(decodeBase64(text) ?? new Uint8Array()) };
}

/** An app of the configuration. Its keys are built once, when it is first seen: most of very many never are. */
export class ListedApp {
  readonly app: RegisteredApp;
  private signing: readonly SigningSecret[] | undefined;
  private integrity: readonly IntegritySecret[] | undefined;

  constructor(private readonly setting: AppSetting) {
    const { id, name = id, scopes = [], suspended = false } = setting;
    this.app = Object.freeze({ id, name, scopes: Object.freeze([...scopes]), suspended });
  }

  get signingSecrets(): readonly SigningSecret[] {
    const { id, signingSecrets = [] } = this.setting;
    return (this.signing ??= signingSecrets.map((text, index) => signingSecret(`${id}#${index}`, text)));
  }

  get integritySecrets(): readonly IntegritySecret[] {
    const { id, integritySecrets = [] } = this.setting;
    return (this.integrity ??= integritySecrets.map((text, index) =>
      integritySecret(`${id}#${index}`, text),
    ));
  }
}
