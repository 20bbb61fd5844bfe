import { performance } from 'node:perf_hooks';
import { Connection } from '../load/connection.js';
import type { LoadResult } from '../load/run-load.js';
import { SCOPE, SERVICE_ID, TOKEN_PATH } from './refresh-stack.js';

export interface ServiceRun {
  readonly port: number;
  readonly secret: string;
  readonly connections: number;
  /** On each connection, one after the other. */
  readonly requestsEach: number;
}

function requestOf(secret: string): Buffer {
  const body = `grant_type=client_credentials&scope=${encodeURIComponent(SCOPE)}`;
  const head = [
    `POST ${TOKEN_PATH} HTTP/1.1`,
    'host: issuer.bank.example',
    'accept: application/json',
    `authorization: Basic ${Buffer.from(`${SERVICE_ID}:${secret}`).toString('base64')}`,
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${body.length}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1');
}

function decoded(part = ''): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
}

/** Each has to sign an ES256 access token of RFC 9068 of its own for every request, and to refuse a wrong secret. */
export async function checkService({ port, secret }: ServiceRun): Promise<void> {
  const connection = await Connection.open(port);
  const ask = async (as: string) => connection.send({ bytes: requestOf(as) });
  const tokens = [await ask(secret), await ask(secret)].map(({ status, body }) => {
    if (status !== 200) throw new Error(`a service is answered ${status}: ${body.toString()}`);
    return (JSON.parse(body.toString()) as { access_token: string }).access_token;
  });
  const ids = tokens.map((token) => {
    const [header, claims] = token.split('.');
    const { alg, typ } = decoded(header);
    if (alg !== 'ES256' || typ !== 'at+jwt')
      throw new Error(`an access token is ${String(alg)} and ${String(typ)}`);
    const { client_id: clientId, scope, jti } = decoded(claims);
    if (clientId !== SERVICE_ID || scope !== SCOPE)
      throw new Error('an access token does not say what it is for');
    return jti;
  });
  if (ids[0] === ids[1]) throw new Error('two tokens are one');
  const { status } = await ask(`${secret.slice(1)}x`);
  if (status !== 401) throw new Error(`a wrong secret is answered ${status}`);
  connection.close();
}

/** Asks for tokens on every connection at the same time, as fast as answers come. */
export async function runService({
  port,
  secret,
  connections: count,
  requestsEach,
}: ServiceRun): Promise<LoadResult> {
  const bytes = requestOf(secret);
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(port)));
  const tookMs = new Float64Array(count * requestsEach);
  let done = 0;
  const ask = async (connection: Connection): Promise<void> => {
    for (let request = 0; request < requestsEach; request++) {
      const sentAt = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- one at a time on a connection
      const { status, head } = await connection.send({ bytes });
      if (status !== 200) throw new Error(`a service is answered ${head}`);
      tookMs[done++] = performance.now() - sentAt;
    }
  };
  const startedAt = performance.now();
  await Promise.all(connections.map(ask));
  const seconds = (performance.now() - startedAt) / 1000;
  for (const connection of connections) connection.close();
  tookMs.sort();
  const quantile = (share: number) => tookMs[Math.floor((tookMs.length - 1) * share)] as number;
  return { perSecond: tookMs.length / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
