import { calculateJwkThumbprint, exportJWK } from 'jose';
import { generateKeyPair, type CryptoKeyPair } from 'oauth4webapi';
import { authorize, TestBrowser } from '../support/authorization-flow.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { startOAuthHost, type OAuthHost } from '../support/oauth-host.js';
import {
  CLAIMED_LINK,
  CUSTOM_SCHEME,
  LOOPBACK,
  registerPeerApps,
  type PeerApp,
  type PeerMethod,
} from './peer-apps.js';
import type { PeerClient, PeerTokens, StartPeerClient } from './peer-client.js';

interface Journey {
  readonly method: PeerMethod;
  readonly pushed: boolean;
  readonly dpop: boolean;
  readonly redirectUri: string;
  readonly clockSkewSeconds: number;
}

const ON_TIME = { clockSkewSeconds: 0 };
/** An hour behind, as on a phone whose battery was empty: no proof holds but with a nonce. */
const FLAT_BATTERY = { clockSkewSeconds: -3600 };

const NATIVE: Journey = {
  method: 'none',
  pushed: true,
  dpop: true,
  redirectUri: CUSTOM_SCHEME,
  ...FLAT_BATTERY,
};
const OTHERS: readonly Journey[] = [
  { method: 'none', pushed: false, dpop: true, redirectUri: LOOPBACK.replace('/c', ':51004/c'), ...ON_TIME },
  { method: 'none', pushed: false, dpop: false, redirectUri: CUSTOM_SCHEME, ...ON_TIME },
  { method: 'client_secret_basic', pushed: false, dpop: false, redirectUri: CLAIMED_LINK, ...ON_TIME },
  { method: 'client_secret_post', pushed: true, dpop: true, redirectUri: CLAIMED_LINK, ...FLAT_BATTERY },
  { method: 'private_key_jwt', pushed: true, dpop: true, redirectUri: CLAIMED_LINK, ...ON_TIME },
];
const SCOPE = 'accounts:read';

/** A library as it is published, on the ways that apps take with it; all on one adapter, one of them on each. */
export function describePeer(name: string, start: StartPeerClient): void {
  describe.each(ADAPTERS)(`${name} on %s`, (adapter) => {
    describeOnOneDatabase('comes', (open) => {
      let host: OAuthHost;
      let apps: Readonly<Record<PeerMethod, PeerApp>>;

      beforeAll(async () => {
        // Both kinds of codes, for the price of one.
        const codes = adapter === 'fastify' ? 'stored' : 'stateless';
        host = await startOAuthHost(adapter, open, { issuerAt: (url) => url, oauth: { codes } });
        apps = await registerPeerApps(host);
      });
      afterAll(() => host.stop());

      const begin = async (journey: Journey, dpopKeys?: CryptoKeyPair) => {
        const { redirectUri, clockSkewSeconds, method } = journey;
        const parts = { redirectUri, clockSkewSeconds, dpopKeys, scope: SCOPE };
        return start({ issuer: new URL(host.url), app: apps[method], ...parts });
      };

      const journeys = adapter === 'fastify' ? [NATIVE, ...OTHERS] : [NATIVE];
      it.each(journeys)(
        'from the metadata to a revoked session ($method, pushed: $pushed, DPoP: $dpop, clock: $clockSkewSeconds s, $redirectUri)',
        async (journey) => {
          const dpopKeys = journey.dpop ? await aKeyPair() : undefined;
          await travel(host, journey, await begin(journey, dpopKeys), dpopKeys);
        },
      );

      const proven = OTHERS.filter(({ method }) => method !== 'none');
      it.each(adapter === 'fastify' ? proven : proven.slice(-1))(
        'to tokens of its own ($method, DPoP: $dpop)',
        async (journey) => {
          const peer = await begin(journey, journey.dpop ? await aKeyPair() : undefined);
          const tokens = noted(await peer.ownTokens());
          expect(tokens).toMatchObject({ token_type: journey.dpop ? 'dpop' : 'bearer', scope: SCOPE });
          expect(tokens).not.toHaveProperty('refresh_token');
          const { id } = apps[journey.method];
          expect(await peer.introspect(tokens.access_token)).toMatchObject({ active: true, sub: id });
          await peer.revoke(tokens.access_token);
          expect(await peer.introspect(tokens.access_token)).toEqual({ active: false });
        },
      );
    });
  });
}

async function travel(
  host: OAuthHost,
  { method, pushed, dpop }: Journey,
  peer: PeerClient,
  keys: CryptoKeyPair | undefined,
): Promise<void> {
  const mine = new URL('/mine', host.url);
  const first = await signIn(host, peer, { pushed });
  expect(first).toMatchObject({ token_type: dpop ? 'dpop' : 'bearer', scope: SCOPE });
  expect(await peer.call(first.access_token, mine)).toBe(200);

  const second = noted(await peer.refresh(first.refresh_token as string));
  expect(second).toMatchObject({ token_type: dpop ? 'dpop' : 'bearer', scope: SCOPE });
  expect(second.access_token).not.toBe(first.access_token);
  expect(await peer.call(second.access_token, mine)).toBe(200);

  // Nobody who has only said who it is, is told of tokens.
  if (method !== 'none') {
    const bound = keys && { cnf: { jkt: await calculateJwkThumbprint(await exportJWK(keys.publicKey)) } };
    const told = { active: true, sub: host.userId, iss: host.url, scope: SCOPE, ...bound };
    expect(await peer.introspect(second.access_token)).toMatchObject(told);
  }
  await peer.revoke(second.refresh_token as string);
  await expect(peer.refresh(second.refresh_token as string)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  expect(await peer.call(second.access_token, mine)).toBe(401);
  if (method !== 'none') expect(await peer.introspect(second.access_token)).toEqual({ active: false });
}

/** The user's part, in a browser; the library looks at the address that the browser comes back to, and at `iss` in it. */
async function signIn(host: OAuthHost, peer: PeerClient, request: { pushed: boolean }): Promise<PeerTokens> {
  const url = await peer.begin(request);
  expect(url.origin + url.pathname).toBe(`${host.url}/oauth/authorize`);
  expect(url.searchParams.has('request_uri')).toBe(request.pushed);
  const shown = await authorize(new TestBrowser(host.url), Object.fromEntries(url.searchParams), host.login);
  const callback = new URL(shown.location as string);
  noteSecret(callback.searchParams.get('code') as string);
  const wrong = new URL(callback);
  wrong.searchParams.set('iss', 'https://other.example');
  await expect(async () => peer.redeem(wrong)).rejects.toMatchObject({ code: 'OAUTH_INVALID_RESPONSE' });
  return noted(await peer.redeem(callback));
}

function aKeyPair(): Promise<CryptoKeyPair> {
  return generateKeyPair('ES256');
}

function noted(tokens: PeerTokens): PeerTokens {
  noteSecret(tokens.access_token);
  if (tokens.refresh_token !== undefined) noteSecret(tokens.refresh_token);
  return tokens;
}
