import { Connection } from '../load/connection.js';
import { refreshOnce, refusalOf } from './refresh-load.js';

interface Header {
  readonly alg?: string;
  readonly typ?: string;
}

/**
 * A stack that does less is no peer: each has to rotate, to sign ES256 access tokens of RFC 9068, and to refuse what it has
 * not issued and what was used before.
 */
export async function checkRefresh(port: number, refreshToken: string): Promise<void> {
  const connection = await Connection.open(port);
  const first = await refreshOnce(connection, refreshToken);
  const [header = '', claims = ''] = first.access_token.split('.');
  const { alg, typ } = JSON.parse(Buffer.from(header, 'base64url').toString()) as Header;
  if (alg !== 'ES256' || typ !== 'at+jwt') throw new Error(`an access token is ${alg} and ${typ}`);
  if (!('client_id' in (JSON.parse(Buffer.from(claims, 'base64url').toString()) as object)))
    throw new Error('an access token does not say whose it is');
  const second = await refreshOnce(connection, first.refresh_token);
  const refusals = {
    'a token that was never issued': await refusalOf(connection, `${'x'.repeat(43)}`),
    'a token two generations old': await refusalOf(connection, refreshToken),
    'the token of a family in which one was used twice': await refusalOf(connection, second.refresh_token),
  };
  for (const [what, refusal] of Object.entries(refusals))
    if (refusal !== '400 invalid_grant') throw new Error(`${what} is answered ${refusal}`);
  connection.close();
}
