import { setImmediate as nextTurn } from 'node:timers/promises';
import { ClaimStore, DecisionLog, UserAccounts } from '@portcullis/nest';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import {
  attestations,
  except,
  expectGenericRefusal,
  FAILURES,
  GOOD_REQUESTS,
  misbehave,
  prepareApp,
  rowsOf,
  WatchedRejection,
  wrong,
  wrongIn,
  type Part,
  type Row,
} from '../support/misbehaving-parts.js';
import { SCOPES, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

const TEXT = SCOPES.join(' ');
const NEVER = new Date(Number.NaN);
const ofUsers = {
  askedFor: ['a session key', 'an access token', 'a refresh token'],
  isCopied: true,
} as const;

const PARTS: readonly Part[] = [
  {
    ...ofUsers,
    name: 'AppStore.find',
    of: ({ stores }) => stores.apps,
    twists: {
      'an app without scopes': wrongIn('app', { scopes: null }),
      'an app with secrets in a text': wrong({ secrets: TEXT }),
    },
  },
  {
    ...ofUsers,
    name: 'UserStore.find',
    of: ({ stores }) => stores.users,
    twists: {
      'a user with scopes in a text': wrongIn('user', { scopes: TEXT }),
      'a user without scopes': wrongIn('user', { scopes: null }),
      'limits that are no map': wrong({ scopesByApp: {} }),
    },
  },
  {
    ...ofUsers,
    name: 'UserAccounts.find',
    of: (host) => host.get(UserAccounts),
    twists: {
      'an account with scopes in a text': wrong({ scopes: TEXT }),
      'an account with scopes that are null': wrong({ scopes: null }),
      'an account with scopes that are undefined': wrong({ scopes: undefined }),
      'an account with limits in a text': wrong({ scopesByApp: { get: () => TEXT } }),
      'an account of somebody else': wrong({ id: 'somebody else' }),
    },
  },
  {
    name: 'SessionStore.find',
    of: ({ stores }) => stores.sessions,
    askedFor: ['a session key'],
    isCopied: true,
    twists: {
      'a session with a number for a hash': wrong({ secretHash: 4711 }),
      'a session of nobody': wrong({ userId: undefined }),
      'a session of another kind': wrong({ kind: 'tokens' }),
      'a session without scopes': wrong({ scopes: null }),
      'a session that ends as a text says': wrong({ expiresAt: '2999-01-01' }),
      'a session that ends at no time': wrong({ expiresAt: NEVER }),
      'a session that was used at no time': wrong({ lastUsedAt: NEVER }),
    },
  },
  {
    name: 'RefreshFamilyStore.rotate',
    of: ({ stores }) => stores.refreshFamilies,
    askedFor: ['a refresh token'],
    twists: {
      'a family of nobody': wrong({ userId: undefined }),
      'a family with scopes in a text': wrong({ scopes: TEXT }),
      'a family without scopes': wrong({ scopes: null }),
      'a family that began as a text says': wrong({ createdAt: '2000-01-01' }),
      'a family for a number': wrong({ resource: 4711 }),
    },
  },
  {
    name: 'RefreshFamilyStore.replay',
    of: ({ stores }) => stores.refreshFamilies,
    askedFor: ['a refresh token whose answer got lost'],
    twists: {
      'a successor in a text': wrong({ sealedSuccessor: TEXT }),
      'a successor of other bytes': wrong({ sealedSuccessor: Buffer.alloc(60) }),
    },
  },
  {
    name: 'RefreshFamilyStore.find',
    of: ({ stores }) => stores.refreshFamilies,
    askedFor: ['a refresh token', 'a bound refresh token'],
    twists: {
      'a family of nobody': wrong({ userId: undefined }),
      'a family of somebody else': wrong({ userId: 'somebody else' }),
      'another family': wrong({ sessionId: 'another' }),
      'a family of another app': wrong({ appId: 'another' }),
      'a family for a number': wrong({ resource: 4711 }),
    },
  },
  {
    name: 'ResourceServerStore.find',
    of: ({ stores }) => stores.resources,
    askedFor: ['a refresh token for another resource'],
    isCopied: true,
    twists: { 'a resource server without scopes': wrong({ scopes: null }) },
  },
  {
    name: 'SigningKeyStore.list',
    of: ({ stores }) => stores.signingKeys,
    askedFor: ['an access token', 'a refresh token'],
    isCopied: true,
    // A ring without keys is given its first one.
    ways: except('answers an empty list'),
    twists: {
      'keys without members': () => [{}],
      'keys that are sealed in a text': (keys: object[]) => keys.map(wrong({ sealed: TEXT })),
    },
  },
  {
    name: 'ClaimStore.commit',
    of: (host) => host.get(ClaimStore),
    askedFor: ['a bound access token', 'a bound refresh token'],
    twists: {
      'an outcome of another kind': () => ({ outcome: true }),
      'that something was used': () => ({ outcome: 'used' }),
      'that a claim without members was used': () => ({ outcome: 'used', claim: {} }),
    },
  },
  {
    name: 'ClientAttestations.verify',
    of: () => attestations,
    askedFor: ['a refresh token'],
    // Nothing is no attestation: the app authenticates as it is registered.
    ways: except('answers undefined', 'answers null', 'answers false', 'answers undefined without a promise'),
    twists: { 'that it vouches for a number': () => ({ clientId: 4711, claims: [] }) },
  },
  {
    name: 'DecisionLog.record',
    of: (host) => host.get(DecisionLog),
    askedFor: ['a session key', 'a refresh token'],
    ways: ['throws at once'],
  },
  {
    ...ofUsers,
    name: 'ChangeStore.after',
    of: ({ stores }) => stores.changes,
    ways: except('answers an empty list'),
    twists: { 'changes without members': () => [{}] },
  },
];

const ROWS = rowsOf(PARTS);

/** Copies of what a part has answered are old after a minute. */
const OLD_SECONDS = 61;

describe.each(ADAPTERS)('a part that misbehaves, on %s', (adapter) => {
  describeOnOneDatabase('', (open) => {
    let host: OAuthHost;

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open, { oauth: { clientAttestations: attestations } });
      await prepareApp(host);
    });
    beforeEach(() => host.pass(OLD_SECONDS));
    afterEach(() => jest.restoreAllMocks());
    afterAll(() => host.stop());

    async function expectNobodyIsLetIn(row: Row): Promise<void> {
      const { part, title, request } = row;
      const isFailure = title in FAILURES;
      const send = await GOOD_REQUESTS[request](host);
      const spy = misbehave(host, row);
      if (part.isCopied) await host.pass(OLD_SECONDS);
      const refused = await send();
      expect(spy).toHaveBeenCalled();
      expectGenericRefusal(refused, isFailure);
      spy.mockRestore();
      // What has failed is asked again at once, and by the same request.
      const isBelieved = !isFailure && part.isCopied === true;
      await host.pass(isBelieved ? OLD_SECONDS : 0);
      const again = isBelieved || refused.status < 500 ? await GOOD_REQUESTS[request](host) : send;
      expect((await again()).status).toBe(200);
      // A rejection that nobody handles is told after its turn, and fails the test: jest listens for it.
      await nextTurn();
    }

    it.each(ROWS)('[N21] refuses $request while $part.name $title, and admits it again', expectNobodyIsLetIn);

    it('[N21] survives a decision log that fails later', async () => {
      const send = await GOOD_REQUESTS['a session key'](host);
      const rejections: WatchedRejection[] = [];
      jest.spyOn(host.get(DecisionLog), 'record').mockImplementation(() => {
        rejections.push(WatchedRejection.make());
        return rejections.at(-1) as never;
      });
      expect((await send()).status).toBe(200);
      expect(rejections.map(({ isHandled }) => isHandled)).toEqual([true]);
    });
  });
});
