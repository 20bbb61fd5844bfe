import { randomBytes } from 'node:crypto';
import { BankClient, send, type BankAnswer, type Prepared } from './bank-client.js';
import { noteSecret } from './log-book.js';

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface SignInCall extends Login {
  readonly app: BankClient;
  /** Where the caller seems to be; a new address unless told, so that no test waits for another's wrong passwords. */
  readonly address?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string | undefined>;
  readonly signature?: 'none' | 'rfc9421' | 'hawk';
}

let addresses = 0;

/** Of a caller who was never seen, behind the proxy that this machine is. */
export function newAddress(): string {
  addresses += 1;
  return `198.18.${addresses >> 8}.${addresses & 255}`;
}

export function newPassword(): string {
  return noteSecret(randomBytes(12).toString('base64url'));
}

export function basicOf({ username, password }: Login): string {
  return `Basic ${noteSecret(Buffer.from(`${username}:${password}`).toString('base64'))}`;
}

export function prepareSignIn({
  app,
  address = newAddress(),
  headers,
  body,
  signature = 'none',
  ...login
}: SignInCall): Prepared {
  const outsider = new BankClient(app.parts);
  return outsider.prepare('POST', '/sessions', {
    body,
    signature,
    integrity: false,
    headers: { 'x-user-authorization': basicOf(login), 'x-forwarded-for': address, ...headers },
  });
}

export async function signIn(call: SignInCall): Promise<BankAnswer> {
  const answer = await send(prepareSignIn(call));
  for (const name of ['session_key', 'access_token', 'refresh_token'])
    if (typeof answer.body[name] === 'string') noteSecret(answer.body[name]);
  return answer;
}

/** A client of its own with a session of its own. */
export async function signedIn(call: SignInCall): Promise<BankClient> {
  const answer = await signIn(call);
  if (answer.status !== 201) throw new Error(`sign-in: ${answer.status} ${answer.code}`);
  const client = new BankClient(call.app.parts);
  client.session = (answer.body['session_key'] ?? answer.body['access_token']) as string;
  return client;
}

/** What an answer is compared by: everything but what is never the same twice. */
export function withoutRequestId({ status, body, headers }: BankAnswer): object {
  const { requestId: _, ...rest } = body as Record<string, unknown>;
  // An ETag is a digest of the body, in which the request's id is.
  const { date: _date, etag: _etag, ...sent } = Object.fromEntries(headers);
  return { status, body: rest, headers: sent };
}
