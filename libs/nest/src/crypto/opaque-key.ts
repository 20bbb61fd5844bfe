import { randomBytes } from 'node:crypto';

/** A credential that is looked up: `<id>.<secret>`. The id finds what it stands for, the secret proves who holds it. */
export interface OpaqueKey {
  readonly id: string;
  readonly secret: string;
}

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const KEY = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

export function newOpaqueKey(): OpaqueKey {
  return {
    id: randomBytes(ID_BYTES).toString('base64url'),
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
}

export function formatOpaqueKey({ id, secret }: OpaqueKey): string {
  return `${id}.${secret}`;
}

/** Undefined for any text that is no such key: it is not looked up. */
export function parseOpaqueKey(text: string): OpaqueKey | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}
