import { Injectable } from '@nestjs/common';
import {
  SecurityLayer,
  SecurityProblem,
  type Checked,
  type Facts,
  type InboundRequest,
  type Known,
  type Protection,
} from '../../pipeline/index.js';
import { AppRegistry, type RegisteredApp } from './app-key.store.js';

export interface AppKeyPolicy {
  /** The route checks signatures too: an unknown id that a signature names is left for that layer to refuse. */
  readonly signatureFollows: boolean;
}

/** Which app is calling: registered, and not suspended. */
@Injectable()
export class AppKeyLayer extends SecurityLayer<AppKeyPolicy, Pick<Facts, 'app'>> {
  override readonly name = 'app-key';
  override readonly needs = [];

  constructor(private readonly apps: AppRegistry) {
    super();
  }

  override policy({ layers }: Protection): AppKeyPolicy {
    return { signatureFollows: layers.has('request-signature') };
  }

  override check(
    _request: InboundRequest,
    policy: AppKeyPolicy,
    { credentials }: Known,
  ): Checked<Pick<Facts, 'app'>> | Promise<Checked<Pick<Facts, 'app'>>> {
    const { appId } = credentials;
    if (appId === undefined)
      throw new SecurityProblem('app_key_missing', {
        reason: 'app_key_missing',
        headers: { 'WWW-Authenticate': 'key' },
      });
    const mayDefer = policy.signatureFollows && credentials.signature !== undefined;
    const found = this.apps.find(appId);
    return found instanceof Promise
      ? found.then((app) => judge(appId, app, mayDefer))
      : judge(appId, found, mayDefer);
  }
}

/** Stands in for an app that is unknown, so that the same is done for it. */
const NOBODY: RegisteredApp = Object.freeze({
  id: '',
  name: '',
  scopes: Object.freeze([]),
  suspended: false,
});

function judge(id: string, found: RegisteredApp | undefined, mayDefer: boolean): Checked<Pick<Facts, 'app'>> {
  const app = found ?? (mayDefer ? NOBODY : undefined);
  if (app && !app.suspended)
    return { adds: { app: { id, name: app.name, scopes: app.scopes, registered: app !== NOBODY } } };
  throw new SecurityProblem('app_key_invalid', {
    reason: app ? 'app_suspended' : 'app_key_unknown',
    headers: { 'WWW-Authenticate': 'key' },
  });
}
