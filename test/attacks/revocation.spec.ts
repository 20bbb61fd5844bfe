import { randomBytes } from 'node:crypto';
import { noteSecret } from '../support/log-book.js';
import { now, token } from '../support/access-tokens.js';
import type { BankClient } from '../support/bank-client.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { ADMITTED, REFUSED, RevocationNodes } from '../support/revocation-nodes.js';

interface User {
  readonly id: string;
  readonly username: string;
  readonly password: string;
}

interface Claims {
  readonly jti: string;
  readonly sid: string;
}

const SCOPES = ['accounts:read'];
const claimsOf = (text: string) =>
  JSON.parse(Buffer.from(text.split('.')[1] as string, 'base64url').toString()) as Claims;

describeOnEachDatabase('Revocation, with several nodes', (open) => {
  let nodes: RevocationNodes;
  let app: BankClient;
  let user: User;
  beforeAll(async () => {
    nodes = await RevocationNodes.start(open);
  }, 60_000);
  afterAll(() => nodes.stop());
  beforeEach(async () => {
    app = await nodes.admin.newApp({ scopes: SCOPES });
    user = await newUser();
  });

  async function newUser(): Promise<User> {
    const username = `user-${randomBytes(6).toString('hex')}`;
    const password = noteSecret(randomBytes(12).toString('base64url'));
    const { status, body } = await nodes.admin.call('POST', '/users', { username, password, scopes: SCOPES });
    expect(status).toBe(201);
    return { id: body.id, username, password };
  }

  const all = (answer: string) => nodes.hosts.map(() => answer);
  const answers = (bearer: string, through = app) => nodes.answers(through.parts.appId, bearer);
  const refused = (bearer: string, through = app) => nodes.refuse(through.parts.appId, bearer);
  const revoke = async (body: object, node = 0) => {
    const { status } = await nodes.adminOf(node).call('POST', '/revocations', body);
    expect(status).toBe(201);
  };
  const issued = async (claims: object = {}, through = app) =>
    noteSecret(
      await token({
        sub: user.id,
        client_id: through.parts.appId,
        jti: randomBytes(9).toString('hex'),
        ...claims,
      }),
    );
  const signedIn = (as: User = user, through = app) => nodes.signIn(through, as);
  const admitted = async (...bearers: string[]) => {
    for (const bearer of bearers) expect(await answers(bearer)).toEqual(all(ADMITTED));
  };

  it('[I07] refuses a token by its jti on every node, however it is written, and no other of its user', async () => {
    const jti = `jti ${randomBytes(6).toString('hex')} é漢 '"`;
    // ECDSA signs differently each time: two texts of one token.
    const [one, same, other] = [await issued({ jti }), await issued({ jti }), await issued()];
    expect(one).not.toBe(same);
    await admitted(one, same, other);
    await revoke({ jti }, 1);
    expect((await answers(one))[1]).toBe(REFUSED);
    for (const text of [one, same]) await refused(text);
    await admitted(other);
  });

  it('[I07] refuses what a user has begun, tokens of another issuer included, and nothing of another user', async () => {
    const [session, foreign] = [await signedIn(), await issued({ iat: now() - 1 })];
    const another = await newUser();
    const theirs = [await signedIn(another), await issued({ sub: another.id, iat: now() - 1 })];
    await admitted(session, foreign, ...theirs);
    await revoke({ userId: user.id });
    for (const bearer of [session, foreign]) {
      expect((await answers(bearer))[0]).toBe(REFUSED);
      await refused(bearer);
    }
    await admitted(...theirs, await signedIn());
  });

  it('[I07] refuses a session by its id on every node, and not the user’s other one', async () => {
    const [one, other] = [await signedIn(), await signedIn()];
    await admitted(one, other);
    const [id] = one.split('.');
    await revoke({ familyId: id }, 1);
    expect((await answers(one))[1]).toBe(REFUSED);
    await refused(one);
    await admitted(other);
  });

  it('[I07] refuses a token of a session by the one’s jti and by the other’s id, on every node', async () => {
    const { appId } = app.parts;
    await nodes.admin.call('PATCH', `/apps/${appId}`, { sessionKind: 'tokens' });
    const tokens = [await signedIn(), await signedIn(), await signedIn()] as const;
    await admitted(...tokens);
    const [one, other] = tokens.map(claimsOf) as [Claims, Claims];
    await revoke({ jti: one.jti }, 1);
    await refused(tokens[0]);
    await admitted(tokens[1], tokens[2]);
    await revoke({ familyId: other.sid }, 1);
    expect((await answers(tokens[1]))[1]).toBe(REFUSED);
    await refused(tokens[1]);
    await admitted(tokens[2]);
    await revoke({ userId: user.id });
    await refused(tokens[2]);
  });

  it('[I07] refuses what was begun through an app, and nothing of another app', async () => {
    const other = await nodes.admin.newApp({ scopes: SCOPES });
    const [session, foreign] = [await signedIn(), await issued({ iat: now() - 1 })];
    const theirs = [await signedIn(user, other), await issued({ iat: now() - 1 }, other)];
    await admitted(session, foreign);
    for (const bearer of theirs) expect(await answers(bearer, other)).toEqual(all(ADMITTED));
    await revoke({ appId: app.parts.appId });
    for (const bearer of [session, foreign]) await refused(bearer);
    for (const bearer of theirs) expect(await answers(bearer, other)).toEqual(all(ADMITTED));
  });

  it.each(['userId', 'appId'] as const)(
    '[I07] refuses what was begun before a moment (%s), and nothing that was begun from then on',
    async (target) => {
      const [oldSession, oldToken] = [await signedIn(), await issued({ iat: now() - 10 })];
      await new Promise((resolve) => setTimeout(resolve, 20));
      const before = new Date();
      const [newSession, newToken] = [await signedIn(), await issued({ iat: now() + 1 })];
      await admitted(oldSession, oldToken, newSession, newToken);
      const id = target === 'userId' ? user.id : app.parts.appId;
      await revoke({ [target]: id, before: before.toISOString() });
      for (const bearer of [oldSession, oldToken]) await refused(bearer);
      await admitted(newSession, newToken);
    },
  );

  it('[I07] knows on a node that was started later what had been revoked before', async () => {
    const jti = randomBytes(9).toString('hex');
    const [foreign, other] = [await issued({ jti }), await issued()];
    await revoke({ jti });
    const node = await nodes.another();
    expect((await answers(foreign))[node]).toBe(REFUSED);
    await admitted(other);
  });

  it('[I07] refuses what anybody has begun, and admits who signs in again', async () => {
    const bearers = [await signedIn(), await issued({ iat: now() - 1 })];
    await admitted(...bearers);
    const before = new Date(Date.now() + 50);
    await revoke({ all: true, before: before.toISOString() });
    for (const bearer of bearers) await refused(bearer);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await admitted(await signedIn());
    expect((await nodes.admin.call('GET', `/sessions?userId=${user.id}`)).body).toHaveLength(1);
  });
});
