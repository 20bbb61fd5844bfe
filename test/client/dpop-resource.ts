import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeJwt, importJWK, jwtVerify, type JWK as JoseJwk } from 'jose';
import type { JWK } from 'oidc-provider';
import { listening, originOf, RESOURCE, stopped } from './oidc-provider.js';
import { athOf, verifiedProof } from './verified-proof.js';

export interface DpopResource {
  readonly origin: string;
  /** What it answered with, in order. */
  readonly statuses: number[];
  /** What it wants to see in the next proofs. */
  nonce: string;
  /** Every access token that it has seen is over. */
  revokeSeen(): void;
  stop(): Promise<void>;
}

function problem(response: ServerResponse, code: string, headers: Record<string, string> = {}): number {
  response.writeHead(401, { 'content-type': 'application/problem+json', ...headers });
  response.end(JSON.stringify({ code }));
  return 401;
}

/** An API that takes bound tokens of one issuer alone, each proof once, and asks for nonces of its own. */
export async function startDpopResource(issuer: string, signingJwk: JWK): Promise<DpopResource> {
  const server = await listening();
  const { d: _private, ...publicJwk } = signingJwk;
  const key = await importJWK(publicJwk as JoseJwk, 'ES256');
  const [seen, over] = [new Set<string>(), new Set<string>()];
  const resource = {
    origin: originOf(server),
    statuses: [] as number[],
    nonce: 'nonce-1',
    revokeSeen: () => seen.forEach((token) => over.add(token)),
    stop: () => stopped(server),
  };
  const jtis = new Set<unknown>();
  const answer = async ({ headers, method, url = '' }: IncomingMessage, response: ServerResponse) => {
    const [scheme, token = ''] = (headers.authorization ?? '').split(' ');
    if (scheme !== 'DPoP') return problem(response, 'user_token_missing');
    const proof = await verifiedProof(String(headers['dpop'])).catch(() => undefined);
    const path = `${resource.origin}${url.split('?')[0]}`;
    if (!proof || proof['htm'] !== method || proof['htu'] !== path || proof['ath'] !== athOf(token))
      return problem(response, 'invalid_dpop_proof');
    if (proof['nonce'] !== resource.nonce)
      return problem(response, 'use_dpop_nonce', { 'dpop-nonce': resource.nonce });
    if (jtis.has(proof.jti)) return problem(response, 'invalid_dpop_proof');
    jtis.add(proof.jti);
    seen.add(token);
    const options = { issuer, audience: RESOURCE, typ: 'at+jwt' };
    const verified = await jwtVerify(token, key, options).catch(() => undefined);
    const { cnf } = decodeJwt<{ cnf?: { jkt?: string } }>(token);
    if (!verified || over.has(token) || cnf?.jkt !== proof.thumbprint)
      return problem(response, 'user_token_invalid');
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(verified.payload));
    return 200;
  };
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).then(
      (status) => resource.statuses.push(status),
      (error: unknown) => response.destroy(error as Error),
    );
  });
  return resource;
}
