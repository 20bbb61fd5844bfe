import { MemorySessionStore } from '@portcullis/client';
import { ALL_SCOPES } from '../support/admin-client.js';
import type { RunningBank } from '../support/bank.js';
import { BankClient } from '../support/bank-client.js';
import { noteSecret } from '../support/log-book.js';

/** What the client keeps of a session with tokens. */
export interface KeptTokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Notes every token that comes by. */
export class NotedTokens extends MemorySessionStore {
  override save(session: string): void {
    const { accessToken, refreshToken } = JSON.parse(session) as KeptTokens;
    noteSecret(accessToken);
    noteSecret(refreshToken);
    super.save(session);
  }

  get tokens(): KeptTokens | undefined {
    const text = this.load();
    return text === undefined ? undefined : (JSON.parse(text) as KeptTokens);
  }
}

/** A registered app whose users get tokens, as a phone has it: public, and with a signing secret. */
export async function newTokenApp(
  { admin, url }: RunningBank,
  settings: Readonly<Record<string, unknown>> = {},
): Promise<BankClient & { readonly clientSecret: string }> {
  const app = await admin.call('POST', '/apps', {
    name: 'Bank for iPhone',
    clientType: 'public',
    signing: true,
    scopes: ALL_SCOPES,
    sessionKind: 'tokens',
    ...settings,
  });
  if (app.status !== 201) throw new Error(`app: ${app.status} ${String(app.body['detail'])}`);
  const { id, signingSecret, clientSecret = '' } = app.body as unknown as Record<string, string>;
  const { body } = await admin.call('POST', `/apps/${id}/integrity-secrets`, {});
  const parts = {
    url,
    appId: id as string,
    signingSecret: signingSecret as string,
    integritySecret: body.secret,
  };
  return Object.assign(new BankClient(parts), { clientSecret });
}

/** A claim of an access token. */
export function claimOf({ accessToken }: KeptTokens, name: string): string {
  const [, claims = ''] = accessToken.split('.');
  const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
  return String(read[name]);
}
