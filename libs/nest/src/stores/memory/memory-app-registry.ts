import { createHash, createSecretKey } from 'node:crypto';
import { decodeBase64, SCOPE_TOKEN } from '@portcullis/wire';
import { AppRegistry, type RegisteredApp } from '../../layers/app-key/index.js';
import { IntegritySecrets, type IntegritySecret } from '../../layers/app-integrity/index.js';
import { SigningSecrets, type SigningSecret } from '../../layers/request-signature/index.js';

export interface AppSetting {
  readonly id: string;
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly suspended?: boolean;
  /** Newest first: while two are listed, both work. At least 32 bytes each (RFC 7518 §3.2). */
  readonly signingSecrets?: readonly string[];
  /** Newest first, base64 of at least 32 bytes each: what the app's attestation service signs tokens with. */
  readonly integritySecrets?: readonly string[];
}

const SHORTEST_SECRET_BYTES = 32;
const HMAC_BLOCK_BYTES = 64;

function signingSecret(appId: string, text: string, index: number): SigningSecret {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.byteLength < SHORTEST_SECRET_BYTES) {
    throw new TypeError(
      `apps: signing secret ${index} of app "${appId}" has ${bytes.byteLength} bytes; expected at least ${SHORTEST_SECRET_BYTES}`,
    );
  }
  // RFC 2104 §2 hashes a longer key before each use; done once, no app can be told by how long its secret takes.
  const key = bytes.byteLength > HMAC_BLOCK_BYTES ? createHash('sha256').update(bytes).digest() : bytes;
  return { id: `${appId}#${index}`, key: createSecretKey(key) };
}

function integritySecret(appId: string, text: string, index: number): IntegritySecret {
  const bytes = decodeBase64(text);
  if (!bytes || bytes.byteLength < SHORTEST_SECRET_BYTES) {
    throw new TypeError(
      `apps: integrity secret ${index} of app "${appId}" is too short or not base64; expected the base64 of at least ${SHORTEST_SECRET_BYTES} bytes`,
    );
  }
  return { id: `${appId}#${index}`, algorithm: 'HS256', key: createSecretKey(bytes) };
}

/** One secret serves one purpose: whoever sees one used could use it as the other. */
function refuseSharedSecrets(
  appId: string,
  signing: readonly SigningSecret[],
  integrity: readonly IntegritySecret[],
): void {
  if (signing.some(({ key }) => integrity.some((other) => other.key.equals(key))))
    throw new TypeError(`apps: app "${appId}" has one secret for two purposes; expected a secret for each`);
}

function refuseUnusableScopes(appId: string, scopes: readonly string[]): void {
  const wrong = scopes.find((scope) => !SCOPE_TOKEN.test(scope));
  if (wrong !== undefined)
    throw new TypeError(
      `apps: app "${appId}" has the scope "${wrong}"; expected a scope token (RFC 6749 §3.3)`,
    );
}

/** Apps listed in the configuration, their keys built once. */
export class MemoryAppRegistry extends AppRegistry {
  private readonly apps = new Map<string, RegisteredApp>();
  /** The same listing as the signature layer asks for it. */
  readonly signingSecrets: SigningSecrets;
  /** The same listing as the integrity layer asks for it. */
  readonly integritySecrets: IntegritySecrets;

  constructor(settings: readonly AppSetting[]) {
    super();
    const signing = new Map<string, readonly SigningSecret[]>();
    const integrity = new Map<string, readonly IntegritySecret[]>();
    for (const { id, name = id, scopes = [], suspended = false, ...secrets } of settings) {
      if (this.apps.has(id)) throw new TypeError(`apps: the id "${id}" is listed twice`);
      refuseUnusableScopes(id, scopes);
      this.apps.set(id, Object.freeze({ id, name, scopes: Object.freeze([...scopes]), suspended }));
      const { signingSecrets = [], integritySecrets = [] } = secrets;
      signing.set(
        id,
        signingSecrets.map((text, index) => signingSecret(id, text, index)),
      );
      integrity.set(
        id,
        integritySecrets.map((text, index) => integritySecret(id, text, index)),
      );
      refuseSharedSecrets(id, signing.get(id) ?? [], integrity.get(id) ?? []);
    }
    this.signingSecrets = new MemorySigningSecrets(signing);
    this.integritySecrets = new MemoryIntegritySecrets(integrity);
  }

  override find(appId: string): RegisteredApp | undefined {
    return this.apps.get(appId);
  }
}

class MemorySigningSecrets extends SigningSecrets {
  constructor(private readonly secrets: ReadonlyMap<string, readonly SigningSecret[]>) {
    super();
  }

  override of(appId: string): readonly SigningSecret[] {
    return this.secrets.get(appId) ?? [];
  }
}

class MemoryIntegritySecrets extends IntegritySecrets {
  constructor(private readonly secrets: ReadonlyMap<string, readonly IntegritySecret[]>) {
    super();
  }

  override of(appId: string): readonly IntegritySecret[] {
    return this.secrets.get(appId) ?? [];
  }
}
