import type { INestApplication } from '@nestjs/common';
import { firstStartAt, FixedClock, SignedRequests } from '@portcullis/nest/testing';
import { sendTo } from '../support/send-to.js';
import { ADAPTERS } from '../support/host-app.js';
import { ORIGIN, SIGNING_SECRET, startSavings } from './savings.module.js';

describe('a fixed clock', () => {
  it('stands still until it is moved', () => {
    const clock = new FixedClock('2026-03-29T12:00:00.250Z');
    expect(clock.now()).toBe(Date.UTC(2026, 2, 29, 12, 0, 0, 250));
    clock.advance(1.5);
    expect(clock.now()).toBe(Date.UTC(2026, 2, 29, 12, 0, 1, 750));
    clock.advance(-2);
    clock.set(new Date(1000));
    expect(clock.now()).toBe(1000);
    clock.set(2000);
    expect(clock.now()).toBe(2000);
  });

  it('refuses what is no time', () => {
    expect(() => new FixedClock('noon')).toThrow(TypeError);
    expect(() => new FixedClock(0).advance(Number.NaN)).toThrow(TypeError);
  });
});

describe.each(ADAPTERS)('an application whose clock is fixed, on %s', (adapter) => {
  let app: INestApplication;
  const clock = new FixedClock('2026-03-29T12:00:00Z');
  const options = { origin: ORIGIN, appId: 'savings', signingSecret: SIGNING_SECRET };
  beforeAll(async () => {
    app = await startSavings(adapter, (builder) => firstStartAt(builder, clock));
  });
  afterAll(() => app.close());

  it('judges by that time, from its first moment on', async () => {
    const deposit = { method: 'POST', path: '/deposits' };
    const requests = new SignedRequests({ ...options, clock });
    const early = requests.rfc9421(deposit);
    expect(await sendTo(app, requests.rfc9421(deposit))).toMatchObject({ status: 201 });
    clock.advance(61);
    expect(await sendTo(app, early)).toMatchObject({ status: 401, body: { code: 'signature_stale' } });
    expect(await sendTo(app, requests.rfc9421(deposit))).toMatchObject({ status: 201 });
    const byTheSystem = new SignedRequests(options).rfc9421(deposit);
    expect(await sendTo(app, byTheSystem)).toMatchObject({ status: 401, body: { code: 'signature_stale' } });
  });
});
