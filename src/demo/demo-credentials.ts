import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { Apps, SecurityProblem, Transactions, Users } from '@portcullis/nest';
import { AccountOpening } from '../accounts/account-opening.js';

/** What the printed lines need to call the bank as a demo app for a demo user. */
export interface DemoCredentials {
  readonly appId: string;
  readonly signingSecret: string;
  /** Base64. An attestation service would hold it, never the app. */
  readonly integritySecret: string;
  readonly username: string;
  readonly password: string;
  readonly account: string;
  /** Somebody else's, to transfer to. */
  readonly otherAccount: string;
}

const APP_SCOPES = ['branches:read', 'accounts:read', 'transfers:write', 'bank:admin'];
/** Not `bank:admin`: the app may, the user may not, and the demo shows it. */
const USER_SCOPES = ['accounts:read', 'transfers:write'];

/** Registers a demo app and two demo users with funded accounts; undefined when they are there already. */
export async function registerDemo(bank: INestApplicationContext): Promise<DemoCredentials | undefined> {
  const apps = bank.get(Apps, { strict: false });
  const users = bank.get(Users, { strict: false });
  const opening = bank.get(AccountOpening, { strict: false });
  const openFor = async (username: string, password: string): Promise<string> => {
    const { id } = await users.register({ username, password, scopes: USER_SCOPES });
    return (await opening.openCurrentAccount(id)).id;
  };
  const appId = 'demo-app';
  const password = randomBytes(12).toString('base64url');
  try {
    return await bank.get(Transactions, { strict: false }).run(async () => {
      const { signingSecret = '' } = await apps.register({
        id: appId,
        name: 'Demo app',
        clientType: 'confidential',
        scopes: APP_SCOPES,
      });
      const integrity = await apps.rotateSecret({ appId, purpose: 'integrity', overlapSeconds: 0 });
      const account = await openFor('demo', password);
      const otherAccount = await openFor('demo-friend', randomBytes(12).toString('base64url'));
      const integritySecret = integrity.text;
      return { appId, signingSecret, integritySecret, username: 'demo', password, account, otherAccount };
    });
  } catch (error) {
    if (error instanceof SecurityProblem && error.code === 'validation_failed') return undefined;
    throw error;
  }
}
