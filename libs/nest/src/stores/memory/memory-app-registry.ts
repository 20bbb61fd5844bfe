import { createHash, createSecretKey } from 'node:crypto';
import { decodeBase64 } from '@portcullis/wire';
import { AppRegistry, type RegisteredApp } from '../../layers/app-key/index.js';
import type { IntegritySecret, IntegritySecrets } from '../../layers/app-integrity/index.js';
import type { SigningSecret, SigningSecrets } from '../../layers/request-signature/index.js';
import type { AppSetting } from './app-setting.js';

const HMAC_BLOCK_BYTES = 64;

function signingSecret(appId: string, text: string, index: number): SigningSecret {
  const bytes = Buffer.from(text, 'utf8');
  // RFC 2104 §2 hashes a longer key before each use; done once, no app can be told by how long its secret takes.
  const key = bytes.byteLength > HMAC_BLOCK_BYTES ? createHash('sha256').update(bytes).digest() : bytes;
  return { id: `${appId}#${index}`, key: createSecretKey(key) };
}

function integritySecret(appId: string, text: string, index: number): IntegritySecret {
  const key = createSecretKey(decodeBase64(text) ?? new Uint8Array());
  return { id: `${appId}#${index}`, algorithm: 'HS256', key };
}

/** Apps listed in the configuration, as `appSettingsSchema` let them pass; their keys built once. */
export class MemoryAppRegistry extends AppRegistry {
  private readonly apps = new Map<string, RegisteredApp>();
  private readonly signing = new Map<string, readonly SigningSecret[]>();
  private readonly integrity = new Map<string, readonly IntegritySecret[]>();
  /** The same listing as the signature layer asks for it. */
  readonly signingSecrets: SigningSecrets = { of: (appId) => this.signing.get(appId) ?? [] };
  /** The same listing as the integrity layer asks for it. */
  readonly integritySecrets: IntegritySecrets = { of: (appId) => this.integrity.get(appId) ?? [] };

  constructor(settings: readonly AppSetting[]) {
    super();
    for (const { id, name = id, scopes = [], suspended = false, ...secrets } of settings) {
      this.apps.set(id, Object.freeze({ id, name, scopes: Object.freeze([...scopes]), suspended }));
      const { signingSecrets = [], integritySecrets = [] } = secrets;
      this.signing.set(
        id,
        signingSecrets.map((text, index) => signingSecret(id, text, index)),
      );
      this.integrity.set(
        id,
        integritySecrets.map((text, index) => integritySecret(id, text, index)),
      );
    }
  }

  override find(appId: string): RegisteredApp | undefined {
    return this.apps.get(appId);
  }
}
