import { Injectable } from '@nestjs/common';
import { ClientApps, type ClientApp } from '../../apps/index.js';
import { permissionsThrough, type UserAccount } from '../../users/index.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { RedirectUriRefused } from '../protocol/redirect-uri-refused.js';
import type { AuthorizationRequest } from '../requests/authorization-request.js';
import { demandResponseType } from '../requests/demand-response-type.js';
import { OfferedScopes } from '../requests/offered-scopes.js';
import { isRegisteredRedirectUri } from '../requests/registered-redirect-uri.js';
import type { Visit } from './visit.js';

/** What would be granted now. */
export interface GrantableScopes {
  readonly scopes: readonly string[];
  /** As the resource server is called; undefined for the issuer's own API. */
  readonly resourceName: string | undefined;
}

/** Judges a request that was checked by what holds now: apps, resources and users change while somebody looks at a page. */
@Injectable()
export class JudgeRequest {
  constructor(
    private readonly apps: ClientApps,
    private readonly offers: OfferedScopes,
  ) {}

  /** Leaves the app, and where its answer goes. Throws what is told to the user before it leaves that, and then to the app. */
  async client(
    visit: Visit,
    request: AuthorizationRequest,
  ): Promise<Required<Pick<Visit, 'client' | 'redirection'>>> {
    const app = (await this.apps.find(request.appId))?.app;
    if (!app) throw new OAuthError('invalid_client', { reason: 'client_removed' });
    if (app.suspended) throw new OAuthError('invalid_client', { reason: 'client_suspended' });
    visit.client = app;
    const { redirectUri: uri, responseMode: mode, state, responseType } = request;
    if (!isRegisteredRedirectUri(uri, app.redirectUris))
      throw new RedirectUriRefused('redirect_uri_mismatch');
    const redirection = { uri, mode, state: state ?? undefined };
    visit.redirection = redirection;
    demandResponseType(app, responseType);
    return { client: app, redirection };
  }

  /**
   * What was asked for, as far as resource, app and user still hold it. Throws `access_denied` when nothing of it is left, and
   * `invalid_target`.
   */
  async scopes(
    client: ClientApp,
    user: UserAccount,
    { resource, scopes: asked }: Pick<AuthorizationRequest, 'resource' | 'scopes'>,
  ): Promise<GrantableScopes> {
    const offer = await this.offers.of(client, resource);
    const held = permissionsThrough(client.id, user)?.scopes ?? [];
    const scopes = asked.filter((scope) => offer.scopes.includes(scope) && held.includes(scope));
    if (scopes.length === 0 && asked.length > 0)
      throw new OAuthError('access_denied', { reason: 'no_scope_left' });
    return { scopes, resourceName: offer.name };
  }
}
