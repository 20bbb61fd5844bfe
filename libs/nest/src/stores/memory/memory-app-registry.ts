import { createSecretKey } from 'node:crypto';
import { AppRegistry, type RegisteredApp } from '../../layers/app-key/index.js';
import { SigningSecrets, type SigningSecret } from '../../layers/request-signature/index.js';

export interface AppSetting {
  readonly id: string;
  readonly name?: string;
  readonly scopes?: readonly string[];
  readonly suspended?: boolean;
  /** Newest first: while two are listed, both work. At least 32 bytes each (RFC 7518 §3.2). */
  readonly signingSecrets?: readonly string[];
}

const SHORTEST_SECRET_BYTES = 32;

function signingSecret(appId: string, text: string, index: number): SigningSecret {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.byteLength < SHORTEST_SECRET_BYTES) {
    throw new TypeError(
      `apps: signing secret ${index} of app "${appId}" has ${bytes.byteLength} bytes; expected at least ${SHORTEST_SECRET_BYTES}`,
    );
  }
  return { id: `${appId}#${index}`, key: createSecretKey(bytes) };
}

/** Apps listed in the configuration, their keys built once. */
export class MemoryAppRegistry extends AppRegistry {
  private readonly apps = new Map<string, RegisteredApp>();
  /** The same listing as the signature layer asks for it. */
  readonly signingSecrets: SigningSecrets;

  constructor(settings: readonly AppSetting[]) {
    super();
    const secrets = new Map<string, readonly SigningSecret[]>();
    for (const { id, name = id, scopes = [], suspended = false, signingSecrets = [] } of settings) {
      if (this.apps.has(id)) throw new TypeError(`apps: the id "${id}" is listed twice`);
      this.apps.set(id, Object.freeze({ id, name, scopes: Object.freeze([...scopes]), suspended }));
      secrets.set(
        id,
        signingSecrets.map((text, index) => signingSecret(id, text, index)),
      );
    }
    this.signingSecrets = new MemorySigningSecrets(secrets);
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
