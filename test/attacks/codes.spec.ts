import { Apps, Revocations, Users } from '@portcullis/nest';
import {
  AuthorizationCodes,
  type IssuedCode,
} from '../../libs/nest/src/authorities/oauth/codes/authorization-codes.js';
import { temporarilyUnavailable } from '../../libs/nest/src/pipeline/index.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { aDevice, aProof } from '../support/dpop-proofs.js';
import { aGrant, issueCode, REDIRECT_URI, type Form } from '../support/issued-codes.js';
import {
  basic,
  expectOAuthError,
  FORM,
  SCOPES,
  startOAuthHost,
  type OAuthHost,
  type TokenAnswered,
} from '../support/oauth-host.js';

const TOGETHER = 20;

describe.each(['stored', 'stateless'] as const)('authorization codes, %s', (codes) => {
  describeOnOneDatabase('are redeemed', (open) => {
    let host: OAuthHost;
    let mobileId: string;
    let otherId: string;

    beforeAll(async () => {
      host = await startOAuthHost('fastify', open, { oauth: { codes } });
      const given = {
        clientType: 'public' as const,
        scopes: SCOPES,
        grantTypes: ['authorization_code', 'refresh_token'],
        redirectUris: [REDIRECT_URI, 'https://bank.example/cb'],
      };
      mobileId = (await host.get(Apps).register({ name: 'Mobile', ...given })).app.id;
      otherId = (await host.get(Apps).register({ name: 'Other', ...given })).app.id;
    });
    afterAll(() => host.stop());

    const heldCode = (given = {}) => issueCode(host, { appId: mobileId, ...given });
    const redeem = (form: Form, client_id = mobileId) => host.post({ client_id, ...form });
    const refresh = ({ body }: TokenAnswered) =>
      redeem({ grant_type: 'refresh_token', refresh_token: String(body['refresh_token']) });
    const lastReason = () => {
      const line = host.log.findLast((one) => /"(?:refused|alarm)"/.test(one));
      return (JSON.parse(line as string) as { reason: string }).reason;
    };
    const refuse = async (form: Form, reason: string, error = 'invalid_grant') => {
      await expectOAuthError(redeem(form), 400, error);
      expect(lastReason()).toBe(reason);
    };
    const expectAlive = async (answer: TokenAnswered) => {
      expect(answer.status).toBe(200);
      expect(await host.use(answer.body['access_token'], mobileId)).toBe(200);
    };
    const expectDead = async (answer: TokenAnswered) => {
      expect(await host.use(answer.body['access_token'], mobileId)).toBe(401);
      await expectOAuthError(refresh(answer), 400, 'invalid_grant');
    };

    it('for tokens of a session that its user recognises', async () => {
      const { code, form } = await heldCode({ scopes: ['accounts:read'] });
      // With everything else, it has to fit into a URL.
      expect(code.length).toBeLessThan(800);
      expect(encodeURIComponent(code)).toBe(code);
      const answer = await redeem(form);
      expect(answer.body).toEqual({
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: expect.any(Number),
        refresh_token: expect.any(String),
        scope: 'accounts:read',
      });
      await expectAlive(answer);
      expect((await refresh(answer)).body['scope']).toBe('accounts:read');
      const now = new Date(host.clock.now());
      const live = { now, usedSince: now };
      const [session] = await host.stores.sessions.listOf(host.userId, live);
      expect(session).toMatchObject({ device: 'Firefox on Debian', startedFrom: '203.0.113.0/24' });
      const line = JSON.parse(host.log.find((one) => one.includes('"admitted"')) as string) as object;
      expect(line).toMatchObject({ appId: mobileId, session: expect.stringMatching(/^[0-9a-f]{8}$/) });
    });

    it('[F04] [F08] [F09] by nobody who has only intercepted them, and these kill no login', async () => {
      const { form } = await heldCode();
      const { code_verifier: verifier, redirect_uri: _, ...withoutRedirect } = form as Required<Form>;
      await refuse(withoutRedirect, 'redirect_uri_mismatch');
      for (const redirect_uri of ['https://bank.example/cb', `${REDIRECT_URI}/`, REDIRECT_URI.toUpperCase()])
        await refuse({ ...form, redirect_uri }, 'redirect_uri_mismatch');
      const { code_verifier: __, ...withoutVerifier } = form;
      await refuse(withoutVerifier, 'pkce_missing');
      await refuse({ ...form, code_verifier: 'a'.repeat(43) }, 'pkce_mismatch');
      for (const code_verifier of [
        'a'.repeat(42),
        'a'.repeat(129),
        `${verifier}=`,
        `${verifier} `,
        'ä'.repeat(43),
      ])
        await refuse({ ...form, code_verifier }, 'pkce_malformed');
      await refuse({ ...form, client_id: otherId }, 'code_client_mismatch');
      await expectAlive(await redeem(form));
    });

    it('by no text that is none of them', async () => {
      const { code, form } = await heldCode();
      const { code: _, ...withoutCode } = form;
      await expectOAuthError(redeem(withoutCode), 400, 'invalid_request');
      const middle = code.length >> 1;
      const other = code[middle] === 'A' ? 'B' : 'A';
      const changed = code.slice(0, middle) + other + code.slice(middle + 1);
      for (const text of ['x', `${code}A`, code.slice(1), changed, `${code}=`, '\u0000', 'a'.repeat(9000)])
        await refuse({ ...form, code: text }, 'code_unknown');
      await expectAlive(await redeem(form));
    });

    it('[F10] once: presented again by the rightful app, they take back what they gave', async () => {
      const { form } = await heldCode();
      const first = await redeem(form);
      await expectAlive(first);
      // Whoever is not the app takes nothing back.
      await refuse({ ...form, code_verifier: 'a'.repeat(43) }, 'pkce_mismatch');
      await refuse({ ...form, client_id: otherId }, 'code_client_mismatch');
      await expectAlive(first);
      await host.pass(30);
      await refuse(form, 'code_reused');
      await expectDead(first);
      const alarm = JSON.parse(host.log.findLast((one) => one.includes('"alarm"')) as string) as object;
      expect(alarm).toMatchObject({ reason: 'code_reused', session: expect.any(String) });
      const [event] = await host.stores.audit.find({ action: 'code.reused', limit: 1 });
      expect(event).toMatchObject({ party: { kind: 'host' }, details: { appId: mobileId } });
      await refuse(form, 'code_reused');
    });

    it(`[F10] once, also when ${TOGETHER} redeem one together: one is given tokens, and nobody keeps any`, async () => {
      for (let round = 0; round < 2; round++) {
        const { form } = await heldCode();
        const answers = await Promise.all(Array.from({ length: TOGETHER }, () => redeem(form)));
        const given = answers.filter(({ status }) => status === 200);
        expect(answers.filter(({ body }) => body['error'] === 'invalid_grant')).toHaveLength(TOGETHER - 1);
        expect(given).toHaveLength(1);
        await expectDead(given[0] as TokenAnswered);
      }
    });

    it('[F13] for a minute', async () => {
      const [early, late] = [await heldCode(), await heldCode()];
      await host.pass(55);
      await expectAlive(await redeem(early.form));
      await host.pass(5);
      await refuse(late.form, 'code_expired');
      await refuse(early.form, 'code_expired');
    });

    it('for what app and user may do by then', async () => {
      const { form } = await heldCode();
      await host.get(Apps).change(mobileId, { scopes: ['transfers:write', 'branches:read'] });
      expect((await redeem(form)).body['scope']).toBe('transfers:write');
      await host.get(Apps).change(mobileId, { scopes: SCOPES });
      const held = await heldCode();
      await host.get(Apps).change(mobileId, { grantTypes: ['refresh_token'] });
      await refuse(held.form, 'grant_type_not_allowed', 'unauthorized_client');
      await host.get(Apps).change(mobileId, { grantTypes: ['authorization_code', 'refresh_token'] });
      await expectAlive(await redeem(held.form));
    });

    it('for nobody who was suspended, or has another password', async () => {
      const [one, other] = [await heldCode(), await heldCode()];
      const users = host.get(Users);
      await users.change(host.userId, { suspended: true });
      await refuse(one.form, 'user_changed');
      await users.change(host.userId, { suspended: false });
      await expectAlive(await redeem(one.form));
      await users.change(host.userId, { password: host.login.password });
      await refuse(other.form, 'user_changed');
      await refuse((await heldCode({ credentialVersionHash: 'x' })).form, 'user_changed');
      const held = await heldCode();
      await host.pass(1);
      await host.get(Revocations).revoke({ userId: host.userId });
      await refuse(held.form, 'code_revoked');
      await host.pass(1);
      await expectAlive(await redeem((await heldCode()).form));
    });

    it('[RFC 9449 §10] with the key that the request has named', async () => {
      const [device, another] = [aDevice(), aDevice()];
      const { form } = await heldCode({ dpopJkt: device.thumbprint });
      const url = `${host.url}/oauth/token`;
      const withProof = async (by: typeof device) => {
        const proof = await aProof({ device: by, method: 'POST', url, nowMs: host.clock.now() });
        return host.post({ client_id: mobileId, ...form }, { ...FORM, DPoP: proof });
      };
      await refuse(form, 'dpop_jkt_mismatch');
      await expectOAuthError(withProof(another), 400, 'invalid_grant');
      const { status, body } = await withProof(device);
      expect([status, body['token_type']]).toEqual([200, 'DPoP']);
      const [, claims] = String(body['access_token']).split('.');
      expect(JSON.parse(Buffer.from(claims as string, 'base64url').toString())).toMatchObject({
        cnf: { jkt: device.thumbprint },
      });
      // Bound to it as well, for this app authenticates in no other way.
      await expectOAuthError(refresh({ status, body } as TokenAnswered), 400, 'invalid_grant');
    });

    it('by an app that authenticates, each time', async () => {
      const { app, clientSecret } = await host.get(Apps).register({
        name: 'Web',
        clientType: 'confidential',
        scopes: SCOPES,
        grantTypes: ['authorization_code'],
        redirectUris: [REDIRECT_URI],
      });
      const { form } = await issueCode(host, { appId: app.id });
      await expectOAuthError(redeem(form, app.id), 401, 'invalid_client');
      const { status, body } = await host.post(form, basic(app.id, clientSecret as string));
      expect([status, body['refresh_token']]).toEqual([200, undefined]);
      expect(await host.use(body['access_token'], app.id)).toBe(200);
    });

    it('[N06] again when it could not be known, and nothing was given', async () => {
      const { form } = await heldCode();
      const away = jest.spyOn(host.stores.refreshFamilies, 'insert');
      away.mockRejectedValueOnce(temporarilyUnavailable('database'));
      await expectOAuthError(redeem(form), 503, 'temporarily_unavailable');
      away.mockRestore();
      await expectAlive(await redeem(form));
    });

    it('[F10] for nothing where it is known that they were presented before', async () => {
      const { code, form } = await heldCode();
      const { id: codeId, expiresAt } = (await host.get(AuthorizationCodes).find(code)) as IssuedCode;
      const { transactions, codeRedemptions, sessions } = host.stores;
      await transactions.run(() => codeRedemptions.markReplayed({ codeId, expiresAt }));
      const live = { now: new Date(host.clock.now()), usedSince: new Date(0) };
      const before = await sessions.listOf(host.userId, live);
      await refuse(form, 'code_reused');
      expect(await sessions.listOf(host.userId, live)).toEqual(before);
    });

    if (codes === 'stored')
      it('and are issued for no app that is gone', async () => {
        const grant = await aGrant(host, 'a verifier', { appId: 'nobody' });
        const issuing = host.get(AuthorizationCodes).issue(grant);
        await expect(issuing).rejects.toMatchObject({ code: 'unauthorized_client' });
      });
  });
});
