import { randomUUID } from 'node:crypto';
import { Apps, type NewApp } from '@portcullis/nest';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { temporarilyUnavailable } from '../../libs/nest/src/pipeline/index.js';
import { codeRequest, pkcePair, TestBrowser, toldToApp, type Shown } from '../support/authorization-flow.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { basic, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';
import { strangeRedirects } from '../support/strange-redirects.js';

const CALLBACK = 'com.example.bank:/callback';
const WEB = 'https://app.example/callback';
const LOOPBACK = 'http://127.0.0.1/callback';
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

describeOnOneDatabase('authorization requests', (open) => {
  let host: OAuthHost;
  let browser: TestBrowser;
  const ids: Record<string, string> = {};

  const register = async (name: string, others: Partial<NewApp> = {}): Promise<void> => {
    const { app } = await host.get(Apps).register({
      name,
      clientType: 'public',
      scopes: ['accounts:read', 'transfers:write'],
      grantTypes: ['authorization_code'],
      redirectUris: [CALLBACK, WEB, LOOPBACK],
      ...others,
    });
    ids[name] = app.id;
  };
  const id = (name = 'native'): string => ids[name] as string;
  const ask = (others: Record<string, string | undefined> = {}, uri = CALLBACK): Promise<Shown> =>
    browser.open(codeRequest(others['client_id'] ?? id(), uri, others));
  const lastReason = (): string => (JSON.parse(host.log.at(-1) as string) as { reason: string }).reason;

  const expectErrorPage = (shown: Shown, status = 400): void => {
    expect({ status: shown.status, location: shown.location }).toEqual({ status, location: undefined });
    expect(shown.html).not.toContain('<form');
    expect(shown.headers.get('content-security-policy')).toContain("form-action 'none'");
    expect(shown.headers.get('cache-control')).toBe('no-store');
  };
  const expectToldToApp = (shown: Shown, error: string, uri = CALLBACK): void => {
    expect(shown.status).toBe(303);
    expect(shown.location?.startsWith(uri)).toBe(true);
    expect(toldToApp(shown)).toEqual({
      error,
      error_description: expect.any(String) as string,
      state: 'a state',
      iss: 'https://bank.example',
    });
  };

  beforeAll(async () => {
    host = await startOAuthHost('express', open);
    browser = new TestBrowser(host.url);
    await register('native');
    await register('plain', { plainPkce: true });
    await register('pushed', { requirePushedRequests: true });
    await register('no-code', { grantTypes: ['refresh_token'] });
    await register('implicit', { grantTypes: ['implicit'] });
    await register('bound', { grantTypes: ['implicit'], dpopBoundAccessTokens: true });
    await register('web', { clientType: 'confidential' });
    await register('suspended');
    await host.get(Apps).change(id('suspended'), { suspended: true });
  });

  afterAll(() => host.stop());

  it('F01 shows a page and never redirects to a URI that is not registered, character by character', async () => {
    for (const uri of strangeRedirects(WEB)) {
      const shown = await ask({}, uri);
      expectErrorPage(shown);
      expect(shown.html).not.toContain('evil.example');
      expect(lastReason()).toBe('redirect_uri_mismatch');
    }
  });

  it('F01 redirects nobody of an app that is unknown or suspended, nor without a redirect URI', async () => {
    for (const clientId of ['nobody', '\u0000', 'x'.repeat(200), id('suspended')])
      expectErrorPage(await ask({ client_id: clientId }));
    expectErrorPage(await ask({ client_id: id(), redirect_uri: undefined }));
    expectErrorPage(await browser.open(''));
    const twice = `${new URLSearchParams(codeRequest(id(), CALLBACK))}&redirect_uri=https://evil.example`;
    expectErrorPage(await browser.open(twice));
  });

  it('F02 takes any port of a loopback address that is registered, and no name for it', async () => {
    for (const uri of ['http://127.0.0.1:49152/callback', 'http://127.0.0.1:1/callback', LOOPBACK])
      expect((await ask({}, uri)).status).toBe(200);
    for (const host of ['localhost:49152', '127.0.0.2:49152', '[::1]:49152', '127.0.0.1:65536', '127.1:1'])
      expectErrorPage(await ask({}, `http://${host}/callback`));
  });

  it.each(['native', 'web', 'plain'])(
    'F05 refuses a request without PKCE of the app %s before anybody signs in',
    async (app) => {
      expectToldToApp(
        await ask({ client_id: id(app), code_challenge: undefined, code_challenge_method: undefined }),
        'invalid_request',
      );
      expect(lastReason()).toBe('pkce_required');
    },
  );

  it.each([
    ['pkce_plain', { code_challenge: VERIFIER, code_challenge_method: 'plain' }],
    ['pkce_plain', { code_challenge_method: undefined }],
    ['pkce_method_unknown', { code_challenge_method: 'S512' }],
    ['pkce_method_unknown', { code_challenge_method: 's256' }],
    ['pkce_method_without_challenge', { code_challenge: undefined }],
  ])('F06 refuses a challenge: %s', async (reason, parameters) => {
    expectToldToApp(await ask(parameters), 'invalid_request');
    expect(lastReason()).toBe(reason);
  });

  it('F06 takes `plain` of an app that is allowed it', async () => {
    expect(
      (await ask({ client_id: id('plain'), code_challenge: VERIFIER, code_challenge_method: undefined }))
        .status,
    ).toBe(200);
  });

  it('F08 refuses a challenge that can be no SHA-256 digest', async () => {
    const { challenge } = pkcePair();
    for (const wrong of [
      challenge.slice(1),
      `${challenge}A`,
      `${challenge}=`,
      challenge.replace(/^./, '+'),
      challenge.replace(/^./, 'é'),
      ' ',
    ]) {
      expectToldToApp(await ask({ code_challenge: wrong }), 'invalid_request');
      expect(lastReason()).toBe('pkce_malformed');
    }
  });

  it.each([
    ['token', 'unsupported_response_type', 'implicit_disabled', '#'],
    ['id_token token', 'unsupported_response_type', 'response_type_unknown', '#'],
    ['code token', 'unsupported_response_type', 'response_type_unknown', '#'],
    ['none', 'unsupported_response_type', 'response_type_unknown', '?'],
    ['Code', 'unsupported_response_type', 'response_type_unknown', '?'],
    [undefined, 'invalid_request', 'response_type_missing', '?'],
  ])('F14 refuses the response type %s', async (type, error, reason, separator) => {
    expectToldToApp(await ask({ response_type: type }), error, CALLBACK + separator);
    expect(lastReason()).toBe(reason);
  });

  it('F14 gives tokens in the address bar only to apps that are allowed them, and none that has to be bound to a key', async () => {
    expect((await ask({ client_id: id('implicit'), response_type: 'token' })).status).toBe(200);
    expectToldToApp(await ask({ client_id: id('bound'), response_type: 'token' }), 'unauthorized_client');
    expectToldToApp(await ask({ client_id: id('implicit') }), 'unauthorized_client');
    expectToldToApp(await ask({ client_id: id('no-code') }), 'unauthorized_client');
  });

  it('answers in the mode of the response type, whatever mode is asked for', async () => {
    expect((await ask({ response_mode: 'query' })).status).toBe(200);
    for (const mode of ['fragment', 'form_post', 'web_message'])
      expectToldToApp(await ask({ response_mode: mode }), 'invalid_request', `${CALLBACK}?`);
    const query = { client_id: id('implicit'), response_type: 'token', response_mode: 'query' };
    expectToldToApp(await ask(query), 'invalid_request', `${CALLBACK}#`);
  });

  it('F15 gives the state back as it was, and refuses one that is too long or not printable', async () => {
    for (const state of ['a+b&c=d#e?f %2B "<script>"', '~'.repeat(1024), ' '])
      expect(toldToApp(await ask({ state, scope: 'unknown' }))['state']).toBe(state);
    for (const state of ['~'.repeat(1025), 'a\r\nb', 'é', '\u0000']) {
      const told = toldToApp(await ask({ state }));
      expect({ error: told['error'], state: told['state'] }).toEqual({
        error: 'invalid_request',
        state: undefined,
      });
    }
    expect(toldToApp(await ask({ state: undefined, scope: 'unknown' }))).not.toHaveProperty('state');
  });

  it('[F21] [I05] shows pages that send nothing elsewhere and are kept by nobody', async () => {
    const { headers, html } = await new TestBrowser(host.url).open(codeRequest(id(), WEB));
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('content-security-policy')).toContain("form-action 'self' https://app.example;");
    expect(headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-[^=]+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/),
    ]);
    expect(html).not.toMatch(/<script|src=|https?:\/\//);
  });

  it.each([
    ['unknown', 'accounts:read payments:all', 'scope_not_of_app'],
    ['never registered', 'offline_access', 'scope_not_of_app'],
    ['malformed', 'accounts:read  transfers:write', 'scope_malformed'],
    ['not a scope', '"accounts:read"', 'scope_malformed'],
  ])('F22 refuses a scope that is %s', async (_, scope, reason) => {
    expectToldToApp(await ask({ scope }), 'invalid_scope');
    expect(lastReason()).toBe(reason);
  });

  it('refuses a resource that is unknown or not of the app', async () => {
    expectToldToApp(await ask({ resource: 'https://loans.example' }), 'invalid_target');
    expect((await ask({ resource: 'https://bank.example' })).status).toBe(200);
  });

  describe('that were pushed', () => {
    const push = async (parameters: Record<string, string>, headers?: Record<string, string>) => {
      const body = new URLSearchParams(parameters);
      const answer = await fetch(`${host.url}/oauth/par`, {
        method: 'POST',
        body,
        ...(headers && { headers }),
      });
      return {
        status: answer.status,
        headers: answer.headers,
        body: (await answer.json()) as Record<string, string>,
      };
    };
    const use = (requestUri: string | undefined, others: Record<string, string> = {}): Promise<Shown> =>
      browser.open({ client_id: id('pushed'), request_uri: requestUri ?? '', ...others });

    it('take the place of the query, of which nothing else is looked at', async () => {
      const pushed = await push(codeRequest(id('pushed'), CALLBACK, { scope: 'accounts:read' }));
      expect(pushed).toMatchObject({ status: 201, body: { expires_in: 90 } });
      expect(pushed.headers.get('cache-control')).toBe('no-store');
      const { request_uri: requestUri } = pushed.body;
      const query = { redirect_uri: 'https://evil.example', response_type: 'token', scope: 'payments:all' };
      const shown = await use(requestUri, query);
      expect(shown.status).toBe(200);
      expect(shown.headers.get('content-security-policy')).toContain("form-action 'self' com.example.bank:;");
      expectErrorPage(await use(requestUri, { client_id: id() }));
      expectErrorPage(await use(requestUri, { request: 'a.b.c' }));
      expectErrorPage(await use(`${requestUri}A`));
      await host.pass(91);
      expectErrorPage(await use(requestUri));
    });

    it('are demanded of apps that have to push them', async () => {
      expectToldToApp(await ask({ client_id: id('pushed') }), 'invalid_request');
      expect(lastReason()).toBe('pushed_request_required');
    });

    it.each([
      ['redirect_uri_mismatch', { redirect_uri: `${WEB}/` }],
      ['pkce_required', { code_challenge: undefined, code_challenge_method: undefined }],
      ['request_object', { request_uri: 'urn:ietf:params:oauth:request_uri:a' }],
      ['dpop_jkt_malformed', { dpop_jkt: 'short' }],
    ])('are refused as they are pushed: %s', async (reason, parameters) => {
      const { status, body } = await push(codeRequest(id('pushed'), CALLBACK, parameters));
      expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_request' });
      expect(lastReason()).toBe(reason);
    });

    it('are bound to the key of their proof (RFC 9449 §10.1), which agrees with `dpop_jkt`', async () => {
      const { publicKey, privateKey } = await generateKeyPair('ES256');
      const jwk = await exportJWK(publicKey);
      const proof = () =>
        new SignJWT({ htm: 'POST', htu: `${host.url}/oauth/par`, jti: randomUUID() })
          .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
          .setIssuedAt(Math.floor(host.clock.now() / 1000))
          .sign(privateKey);
      const dpopJkt = await calculateJwkThumbprint(jwk);
      const insert = jest.spyOn(host.stores.pushedRequests, 'insert');
      const scope = 'accounts:read'.concat(' accounts:read'.repeat(500));
      for (const said of [undefined, dpopJkt]) {
        const request = codeRequest(id('pushed'), CALLBACK, { dpop_jkt: said, scope });
        const pushed = await push(request, { DPoP: await proof() });
        expect((await use(pushed.body['request_uri'])).status).toBe(200);
        const kept = insert.mock.lastCall?.[0].parameters;
        expect(kept).toMatchObject({ dpop_jkt: dpopJkt, scope: 'accounts:read' });
      }
      insert.mockRestore();
      const other = codeRequest(id('pushed'), CALLBACK, { dpop_jkt: 'A'.repeat(43) });
      const { status, body } = await push(other, { DPoP: await proof() });
      expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_dpop_proof' });
    });

    it('are taken of nobody who does not authenticate as the app has to', async () => {
      const request = codeRequest(id('web'), CALLBACK);
      expect((await push(request)).status).toBe(401);
      expect((await push(request, basic(id('web'), 'not-the-secret-of-that-app'))).status).toBe(401);
    });

    it('F18 are answered 503 while the store is away, without a redirect', async () => {
      const { pushedRequests } = host.stores;
      const away = () => Promise.reject(temporarilyUnavailable('database'));
      const stores = [jest.spyOn(pushedRequests, 'insert'), jest.spyOn(pushedRequests, 'find')];
      for (const store of stores) store.mockImplementation(away);
      const { status, headers } = await push(codeRequest(id('pushed'), CALLBACK));
      expect({ status, retryAfter: headers.get('retry-after') }).toEqual({ status: 503, retryAfter: '5' });
      const shown = await use(`urn:ietf:params:oauth:request_uri:${'A'.repeat(43)}`);
      expectErrorPage(shown, 503);
      expect(shown.headers.get('retry-after')).toBe('5');
      for (const store of stores) store.mockRestore();
    });
  });
});
