import { randomBytes } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { FixedClock } from '../../libs/nest/src/testing/index.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { noteSecret } from '../support/log-book.js';
import { signingNode, TOKEN_ISSUER } from '../support/signing-node.js';

const NOW = '2026-03-01T12:00:00.750Z';
const STANDARD = { issuer: TOKEN_ISSUER, audience: TOKEN_ISSUER, typ: 'at+jwt', currentDate: new Date(NOW) };

describeOnOneDatabase('An access token that was issued here, read by others', (open) => {
  let database: OpenedDatabase;
  const clock = new FixedClock(NOW);
  beforeEach(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  afterEach(() => database.close());

  it('is what RFC 9068 says, to jose with the published keys', async () => {
    const node = signingNode({ dataSource: database.dataSource, clock });
    const { accessToken, tokenId, expiresInSeconds } = await node.issue();
    const published = await node.directory.published();
    const { payload, protectedHeader, key } = await jwtVerify(
      accessToken,
      createLocalJWKSet({ keys: published.map((one) => ({ ...one })) }),
      STANDARD,
    );
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: published[0]?.kid });
    expect(key).toMatchObject({ type: 'public' });
    const iat = Math.floor(clock.now() / 1000);
    expect(payload).toEqual({
      iss: TOKEN_ISSUER,
      sub: 'user-1',
      aud: TOKEN_ISSUER,
      client_id: 'bank-ios',
      scope: 'accounts:read transfers:write',
      iat,
      exp: expect.any(Number),
      jti: tokenId,
      sid: 'session-1',
      auth_time: (clock.now() - 60_123) / 1000,
    });
    expect(Buffer.from(tokenId, 'base64url')).toHaveLength(16);
    // What is left of it, seen from the moment of the answer.
    expect(expiresInSeconds).toBe(Math.floor((payload.exp as number) - clock.now() / 1000));
    expect(Object.keys(published[0] ?? {}).toSorted()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(published[0]).toMatchObject({ alg: 'ES256', crv: 'P-256', kty: 'EC', use: 'sig' });
  });

  it('lives as long as it may, and up to a twentieth less, each a little otherwise', async () => {
    const node = signingNode({ dataSource: database.dataSource, clock });
    const lives: number[] = [];
    for (let count = 0; count < 400; count++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { accessToken } = await node.issue();
      const [, payload] = accessToken.split('.') as [string, string];
      const { iat, exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, number>;
      lives.push((exp as number) - (iat as number));
    }
    expect(Math.min(...lives)).toBeGreaterThanOrEqual(285);
    expect(Math.max(...lives)).toBeLessThanOrEqual(300);
    // Of 15 values, each as likely as the others.
    expect(new Set(lives).size).toBeGreaterThan(10);
  });

  it('is verified by jose and by @nestjs/jwt where they share the secret, and published to nobody', async () => {
    const node = signingNode({ dataSource: database.dataSource, clock, options: { algorithm: 'HS256' } });
    const secret = noteSecret(randomBytes(32).toString('base64'));
    await node.keys.publish({ secret });
    const { accessToken, tokenId } = await node.issue();
    const bytes = Buffer.from(secret, 'base64');
    expect((await jwtVerify(accessToken, bytes, STANDARD)).payload.jti).toBe(tokenId);
    const clockTimestamp = Math.floor(clock.now() / 1000);
    const read = new JwtService().verify<{ jti: string }>(accessToken, {
      secret: bytes,
      algorithms: ['HS256'],
      issuer: TOKEN_ISSUER,
      clockTimestamp,
    });
    expect(read.jti).toBe(tokenId);
    expect(decodeProtectedHeader(accessToken)).toMatchObject({ alg: 'HS256', typ: 'at+jwt' });
    expect(await node.directory.published()).toEqual([]);
    expect(await node.verifier.verify(accessToken)).toMatchObject({ id: tokenId });
  });
});
