import { performance } from 'node:perf_hooks';
import { Connection } from '../load/connection.js';
import type { LoadResult } from '../load/run-load.js';
import { CLIENT_ID, TOKEN_PATH } from './refresh-stack.js';

export interface RefreshRun {
  readonly port: number;
  /** One connection each, which refreshes its own family in a chain. */
  readonly tokens: readonly string[];
  readonly refreshesPerFamily: number;
}

export interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token: string;
}

function refreshRequest(refreshToken: string): Pick<Parameters<Connection['send']>[0], 'bytes'> {
  const body = `grant_type=refresh_token&refresh_token=${refreshToken}&client_id=${CLIENT_ID}`;
  const head = [
    `POST ${TOKEN_PATH} HTTP/1.1`,
    'host: issuer.bank.example',
    'accept: application/json',
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${body.length}`,
  ];
  return { bytes: Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1') };
}

/** Throws when it is refused, or when the token is the same again. */
export async function refreshOnce(connection: Connection, refreshToken: string): Promise<TokenAnswer> {
  const { status, head, body } = await connection.send(refreshRequest(refreshToken));
  if (status !== 200) throw new Error(`a refresh is answered ${head}\n\n${body.toString()}`);
  const answer = JSON.parse(body.toString()) as TokenAnswer;
  if (typeof answer.refresh_token !== 'string' || answer.refresh_token === refreshToken)
    throw new Error('a refresh token was not rotated');
  return answer;
}

/** The status of a refresh that should be refused. */
export async function refusalOf(connection: Connection, refreshToken: string): Promise<string> {
  const { status, body } = await connection.send(refreshRequest(refreshToken));
  return `${status} ${(JSON.parse(body.toString()) as { error?: string }).error}`;
}

/** Refreshes every family in a chain, all at the same time, as fast as answers come. */
export async function runRefreshes({ port, tokens, refreshesPerFamily }: RefreshRun): Promise<LoadResult> {
  const connections = await Promise.all(tokens.map(() => Connection.open(port)));
  const total = tokens.length * refreshesPerFamily;
  const tookMs = new Float64Array(total);
  let done = 0;
  const refreshFamily = async (connection: Connection, first: string): Promise<void> => {
    let token = first;
    for (let refresh = 0; refresh < refreshesPerFamily; refresh++) {
      const sentAt = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- each needs the answer to the one before
      token = (await refreshOnce(connection, token)).refresh_token;
      tookMs[done++] = performance.now() - sentAt;
    }
  };
  const startedAt = performance.now();
  await Promise.all(connections.map((connection, at) => refreshFamily(connection, tokens[at] as string)));
  const seconds = (performance.now() - startedAt) / 1000;
  for (const connection of connections) connection.close();
  tookMs.sort();
  const quantile = (share: number) => tookMs[Math.floor((total - 1) * share)] as number;
  return { perSecond: total / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}
