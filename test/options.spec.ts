import { KeyRing, PortcullisModule, type DurableStores } from '@portcullis/nest';
import { connectRedis } from '@portcullis/nest/redis';
import { embeddedPostgres } from '@portcullis/nest/typeorm';

const ORIGINS = { publicOrigins: ['https://api.example.com'] };
const KEY_RING = KeyRing.parse(Buffer.alloc(32, 1).toString('base64'));
/** Nothing is asked of them before the application starts. */
const STORES = {} as DurableStores;

describe('Options', () => {
  it.each([
    ['trustedProxies', { trustedProxies: ['10.0.0.0/8'] }],
    ['trustedProxy', { trustedProxy: ['10.0.0.1'] }],
    ['maxAge', { signature: { maxAge: 30 } as never }],
    ['skew', { integrity: { skew: 1 } as never }],
  ])('name %s when it is wrong or unknown', (name, options) => {
    expect(() => PortcullisModule.forRoot({ ...ORIGINS, apps: [], ...options })).toThrow(`"${name}"`);
  });

  it.each([
    ['"maxAgeSeconds"', { registry: { maxAgeSeconds: 3601 } }],
    ['"capacity"', { registry: { capacity: 99 } }],
    ['"maxAge"', { registry: { maxAge: 60 } as never }],
    ['"concurrency"', { passwords: { concurrency: 0 } }],
    ['"queueLimit"', { passwords: { queueLimit: Number.NaN } }],
    ['"idleTtl"', { sessions: { idleTtl: 60 } as never }],
    ['firstWaitSeconds', { sessions: { firstWaitSeconds: 10, longestWaitSeconds: 5 } }],
  ])('of what is stored name %s when it is wrong or unknown', (name, options) => {
    const start = () =>
      PortcullisModule.forRoot({ ...ORIGINS, stores: STORES, keyRing: KEY_RING, ...options });
    expect(start).toThrow(name);
  });

  it.each([0, 9, 1_001, Number.NaN])('refuse %d ms for a command to Redis', (commandTimeoutMs) => {
    expect(() => connectRedis('redis://127.0.0.1:1', { commandTimeoutMs })).toThrow('commandTimeoutMs');
  });

  it('of the embedded database name what is wrong or unknown', () => {
    const dataDir = 'memory://';
    expect(() => embeddedPostgres({ dataDir, leaseTimeoutMs: 0 })).toThrow('"leaseTimeoutMs"');
    expect(() => embeddedPostgres({ dataDir, leaseMaxHold: 5 } as never)).toThrow('leaseMaxHold');
  });
});
