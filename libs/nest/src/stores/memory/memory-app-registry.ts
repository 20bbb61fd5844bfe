import { AppRegistry, type RegisteredApp } from '../../layers/app-key/index.js';
import type { IntegritySecrets } from '../../layers/app-integrity/index.js';
import type { SigningSecrets } from '../../layers/request-signature/index.js';
import type { AppSetting } from './app-setting.js';
import { ListedApp } from './listed-app.js';

/** Apps listed in the configuration, as `appSettingsSchema` let them pass. */
export class MemoryAppRegistry extends AppRegistry {
  private readonly apps: ReadonlyMap<string, ListedApp>;
  /** The same listing as the signature layer asks for it. */
  readonly signingSecrets: SigningSecrets = { of: (id) => this.apps.get(id)?.signingSecrets ?? [] };
  /** The same listing as the integrity layer asks for it. */
  readonly integritySecrets: IntegritySecrets = { of: (id) => this.apps.get(id)?.integritySecrets ?? [] };

  constructor(settings: readonly AppSetting[]) {
    super();
    this.apps = new Map(settings.map((setting) => [setting.id, new ListedApp(setting)]));
  }

  override find(appId: string): RegisteredApp | undefined {
    return this.apps.get(appId)?.app;
  }
}
