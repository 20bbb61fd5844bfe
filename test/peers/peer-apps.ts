import { Apps } from '@portcullis/nest';
import { exportJWK, generateKeyPair, type CryptoKey } from 'jose';
import { noteSecret } from '../support/log-book.js';
import { SCOPES, type OAuthHost } from '../support/oauth-host.js';

export const CUSTOM_SCHEME = 'com.example.bank:/callback';
export const CLAIMED_LINK = 'https://bank.example/callback';
export const LOOPBACK = 'http://127.0.0.1/callback';

/** How an app authenticates, as RFC 8414 §2 names it. */
export type PeerMethod = 'none' | 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt';

export interface PeerApp {
  readonly id: string;
  readonly method: PeerMethod;
  readonly secret: string;
  readonly key: { readonly key: CryptoKey; readonly kid: string };
}

/** One app for each way to authenticate. */
export async function registerPeerApps(host: OAuthHost): Promise<Readonly<Record<PeerMethod, PeerApp>>> {
  const apps = host.get(Apps);
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const { crv, x, y } = await exportJWK(publicKey);
  const key = { key: privateKey, kid: 'of-the-peer' };
  const given = {
    scopes: SCOPES,
    grantTypes: ['authorization_code', 'refresh_token'],
    redirectUris: [CUSTOM_SCHEME, CLAIMED_LINK, LOOPBACK],
  };
  const proven = { ...given, grantTypes: [...given.grantTypes, 'client_credentials'] };
  const clientKeys = [{ kty: 'EC', crv, x, y, kid: key.kid }] as never;
  const mobile = await apps.register({ name: 'Mobile', clientType: 'public', ...given });
  const web = await apps.register({ name: 'Web', clientType: 'confidential', ...proven });
  const bank = await apps.register({ name: 'Keyed', clientType: 'confidential', ...proven, clientKeys });
  const secret = noteSecret(web.clientSecret as string);
  const of = (id: string, method: PeerMethod): PeerApp => ({ id, method, secret, key });
  return {
    none: of(mobile.app.id, 'none'),
    client_secret_basic: of(web.app.id, 'client_secret_basic'),
    client_secret_post: of(web.app.id, 'client_secret_post'),
    private_key_jwt: of(bank.app.id, 'private_key_jwt'),
  };
}
