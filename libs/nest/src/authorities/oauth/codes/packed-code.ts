import type { IssuedCode } from './authorization-codes.js';

/** Members by their place: their names would take a third of a code, which has to fit into a URL with whatever else is there. */
type PackedCode = readonly [
  id: string,
  issuedAtMs: number,
  expiresAtMs: number,
  appId: string,
  redirectUri: string,
  codeChallenge: string,
  isPlain: 0 | 1,
  userId: string,
  credentialVersionHash: string,
  scope: string,
  resource: string | null,
  dpopJkt: string | null,
  device: string | null,
  address: string | null,
];

/** A code as compact JSON. */
export function packCode({ id, grant, issuedAt, expiresAt }: IssuedCode): Uint8Array {
  const packed: PackedCode = [
    id,
    issuedAt.getTime(),
    expiresAt.getTime(),
    grant.appId,
    grant.redirectUri,
    grant.codeChallenge,
    grant.codeChallengeMethod === 'plain' ? 1 : 0,
    grant.userId,
    grant.credentialVersionHash,
    grant.scopes.join(' '),
    grant.resource,
    grant.dpopJkt,
    grant.device,
    grant.address,
  ];
  return Buffer.from(JSON.stringify(packed), 'utf8');
}

/** Of bytes that `packCode` made, which the seal vouches for. */
export function unpackCode(bytes: Uint8Array): IssuedCode {
  const packed = JSON.parse(Buffer.from(bytes).toString('utf8')) as PackedCode;
  const [id, issuedAtMs, expiresAtMs, appId, redirectUri, codeChallenge, isPlain, userId, ...rest] = packed;
  const [credentialVersionHash, scope, resource, dpopJkt, device, address] = rest;
  return {
    id,
    issuedAt: new Date(issuedAtMs),
    expiresAt: new Date(expiresAtMs),
    grant: {
      appId,
      redirectUri,
      codeChallenge,
      codeChallengeMethod: isPlain === 1 ? 'plain' : 'S256',
      userId,
      credentialVersionHash,
      scopes: scope === '' ? [] : scope.split(' '),
      resource,
      dpopJkt,
      device,
      address,
    },
  };
}
