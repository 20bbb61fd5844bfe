import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { OwnOrForeignAccessTokenVerifier } from '../../libs/nest/src/authorities/tokens/index.js';
import { clock, PAIR, token as foreignToken, verifierOf } from '../support/access-tokens.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { kidOf, signingNode, type SigningNode } from '../support/signing-node.js';

describeOnOneDatabase('Where tokens are issued here and elsewhere', (open) => {
  let database: OpenedDatabase;
  let node: SigningNode;
  let both: OwnOrForeignAccessTokenVerifier;
  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(() => {
    node = signingNode({ dataSource: database.dataSource, clock });
    both = new OwnOrForeignAccessTokenVerifier(node.verifier, verifierOf());
  });
  afterAll(() => database.close());

  it('those of either hold, each by the keys of its issuer', async () => {
    const { accessToken, tokenId } = await node.issue();
    expect(await both.verify(accessToken)).toMatchObject({ id: tokenId, sessionId: 'session-1' });
    expect(both.verify(await foreignToken())).toMatchObject({ id: 'token-1', userId: 'user-1' });
    for (const text of ['', 'a.b.c', await foreignToken({ exp: 1 })])
      expect(both.verify(text)).toBeUndefined();
  });

  it('[D15] nobody signs as the other, whatever kid and issuer it names', async () => {
    const own = (await node.issue()).accessToken;
    const { issuer, audience } = node.options;
    const claims = { iss: issuer, aud: audience, sid: 'session-1', auth_time: 1 };
    const header = { alg: 'ES256', typ: 'at+jwt' };
    for (const kid of [kidOf(own), 'es', 'unknown'])
      expect(
        await both.verify(await foreignToken(claims, { ...header, kid }, PAIR.privateKey)),
      ).toBeUndefined();
    const asTheirs = { iss: 'https://issuer.example', aud: 'bank' };
    for (const kid of ['es', kidOf(own)])
      expect(await both.verify(await node.forge({ claims: asTheirs, header: { kid } }))).toBeUndefined();
  });

  it('[D05] a token of elsewhere has the ring read no more than any other that is not ours', async () => {
    await node.issue();
    const { reads } = node.watched;
    for (let count = 0; count < 5; count++)
      expect(both.verify(await foreignToken({ jti: `t-${count}` }))).toMatchObject({ id: `t-${count}` });
    expect(node.watched.reads).toBe(reads);
  });

  it('[I07] one that was revoked here is not asked of the other', async () => {
    const { accessToken, tokenId } = await node.issue();
    await node.revoke('revoked-token', tokenId);
    expect(await both.verify(accessToken)).toBeUndefined();
  });
});
