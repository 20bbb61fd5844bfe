import { randomBytes } from 'node:crypto';

/** A session key: `<id>.<secret>`. The id finds the session, the secret proves that the key is the session's. */
export interface SessionKey {
  readonly id: string;
  readonly secret: string;
}

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const KEY = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

export function newSessionKey(): SessionKey {
  return {
    id: randomBytes(ID_BYTES).toString('base64url'),
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
}

export function formatSessionKey({ id, secret }: SessionKey): string {
  return `${id}.${secret}`;
}

/** Undefined for any text that is no session key: it is not looked up. */
export function parseSessionKey(text: string): SessionKey | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}
