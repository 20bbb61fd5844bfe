import type { INestApplication } from '@nestjs/common';
import { UserGuard } from '@portcullis/nest';
import {
  alwaysApp,
  alwaysGenuine,
  alwaysSigned,
  alwaysUser,
  firstStartAt,
  FixedClock,
  refusedWith,
  replaceLayer,
  SignedRequests,
  UserLayer,
  type ReplaceableLayer,
  type StandIn,
} from '@portcullis/nest/testing';
import * as mainDoor from '@portcullis/nest';
import { sendTo } from '../support/send-to.js';
import { ADAPTERS } from '../support/host-app.js';
import { ORIGIN, SIGNING_SECRET, startSavings } from './savings.module.js';

const clock = new FixedClock('2026-03-29T12:00:00Z');
const requests = new SignedRequests({
  origin: ORIGIN,
  appId: 'savings',
  signingSecret: SIGNING_SECRET,
  clock,
});
const withdrawal = { method: 'POST', path: '/withdrawals' };

describe.each(ADAPTERS)('a layer that a test replaces, on %s', (adapter) => {
  let app: INestApplication | undefined;
  afterEach(() => app?.close());
  const start = async (standIns: Partial<Record<ReplaceableLayer, StandIn>>) => {
    app = await startSavings(adapter, (builder) => {
      firstStartAt(builder, clock);
      for (const [name, standIn] of Object.entries(standIns))
        replaceLayer(builder, name as ReplaceableLayer, standIn);
    });
    return app;
  };

  it('leaves the others at work', async () => {
    const host = await start({
      user: alwaysUser({ id: 'ada', scopes: ['savings:write'] }),
      'app-integrity': alwaysGenuine(),
    });
    expect(await sendTo(host, requests.rfc9421(withdrawal))).toMatchObject({
      status: 201,
      body: { app: 'savings', scheme: 'rfc9421', genuine: true, user: 'ada', scopes: ['savings:write'] },
    });
    expect(await sendTo(host, requests.unsigned(withdrawal))).toMatchObject({
      status: 401,
      body: { code: 'signature_missing' },
    });
  });

  it.each([
    ['the user lacks it', 'savings', alwaysUser({ id: 'ada', scopes: ['rates:read'] })],
    ['the app lacks it', 'rates', alwaysUser({ id: 'ada', scopes: ['savings:write'] })],
  ])('leaves scopes to the scopes layer: %s', async (_, id, user) => {
    const host = await start({
      'app-key': alwaysApp({ id, scopes: id === 'savings' ? ['savings:write'] : ['rates:read'] }),
      'request-signature': alwaysSigned(),
      'app-integrity': alwaysGenuine(),
      user,
    });
    expect(await sendTo(host, requests.unsigned(withdrawal))).toMatchObject({
      status: 403,
      body: { code: 'insufficient_scope', scope: 'savings:write' },
    });
  });

  it('asks nothing of a request where all are replaced', async () => {
    const host = await start({
      'app-key': alwaysApp({ id: 'any', scopes: ['savings:write'] }),
      'request-signature': alwaysSigned(),
      'app-integrity': alwaysGenuine(),
      user: alwaysUser({ id: 'ada', scopes: ['savings:write'] }),
    });
    const bare = requests.unsigned({ ...withdrawal, headers: { 'x-api-key': undefined } });
    expect(await sendTo(host, bare)).toMatchObject({ status: 201, body: { app: 'any', user: 'ada' } });
  });

  it('shows what callers are answered when it refuses', async () => {
    const host = await start({ 'app-key': refusedWith('temporarily_unavailable') });
    expect(await sendTo(host, requests.unsigned({ path: '/rates' }))).toMatchObject({
      status: 503,
      body: { code: 'temporarily_unavailable' },
    });
  });
});

describe('what a host needs to replace a layer', () => {
  it('is behind the side door alone', () => {
    expect(UserLayer.name).toBe('UserLayer');
    expect(mainDoor).toHaveProperty('UserGuard', UserGuard);
    expect(Object.keys(mainDoor).filter((name) => name.endsWith('Layer'))).toEqual([]);
  });
});
