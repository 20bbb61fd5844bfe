import type { Cluster } from './cluster.js';

export interface Customer {
  readonly username: string;
  readonly password: string;
}

/** What a phone shows, and by what it is revoked. */
export interface Credential {
  readonly kind: 'opaque' | 'tokens';
  readonly appId: string;
  readonly bearer: string;
  readonly sessionId: string;
  /** Of an access token. */
  readonly tokenId?: string;
}

interface SessionView {
  readonly id: string;
  readonly current: boolean;
}

/** A route that each of the hosts has, for a user. */
export const WATCHED_PATH = '/sessions';

export function headersOf({ appId, bearer }: Pick<Credential, 'appId' | 'bearer'>): Record<string, string> {
  return { 'x-api-key': appId, authorization: `Bearer ${bearer}` };
}

function claimsOf(token: string): { jti: string; sid: string } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as ReturnType<
    typeof claimsOf
  >;
}

/** Throws when it is refused. */
export async function signIn(
  cluster: Cluster,
  { node, appId, customer }: { readonly node: number; readonly appId: string; readonly customer: Customer },
): Promise<Credential> {
  const { username, password } = customer;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const headers = { 'x-api-key': appId, authorization: `Basic ${basic}` };
  const { status, code, body } = await cluster.ask(node, { method: 'POST', path: '/sessions', headers });
  if (status !== 201) throw new Error(`a sign-in is answered ${status} ${String(code)}`);
  if (typeof body['access_token'] === 'string') {
    const { jti, sid } = claimsOf(body['access_token']);
    return { kind: 'tokens', appId, bearer: body['access_token'], sessionId: sid, tokenId: jti };
  }
  const bearer = body['session_key'] as string;
  const answer = await cluster.ask(node, {
    method: 'GET',
    path: '/sessions',
    headers: headersOf({ appId, bearer }),
  });
  const current = (answer.body as unknown as SessionView[]).find((session) => session.current);
  if (!current) throw new Error('a session does not know itself');
  return { kind: 'opaque', appId, bearer, sessionId: current.id };
}

/** Every way to revoke it, in turns; resolves when the answer is there. */
export async function revoke(cluster: Cluster, credential: Credential, turn: number): Promise<void> {
  const node = turn % 3;
  const { kind, sessionId, tokenId } = credential;
  const way = kind === 'opaque' ? 0 : turn % 4;
  if (way === 1) return void (await cluster.administer(node, '/revocations', { jti: tokenId }));
  if (way === 2) return void (await cluster.administer(node, '/revocations', { familyId: sessionId }));
  const { status, code } = await cluster.ask(node, {
    method: 'DELETE',
    path: `/sessions/${sessionId}`,
    headers: headersOf(credential),
  });
  if (status !== 204) throw new Error(`the end of a session is answered ${status} ${String(code)}`);
}
