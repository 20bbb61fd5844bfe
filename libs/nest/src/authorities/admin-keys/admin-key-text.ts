import { randomBytes } from 'node:crypto';

/** An administration key: `<id>.<secret>`. The id finds the key, the secret proves that the bearer holds it. */
export interface AdminKeyText {
  readonly id: string;
  readonly secret: string;
}

const ID_BYTES = 16;
const SECRET_BYTES = 32;
const KEY = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

export function newAdminKeyText(): AdminKeyText {
  return {
    id: randomBytes(ID_BYTES).toString('base64url'),
    secret: randomBytes(SECRET_BYTES).toString('base64url'),
  };
}

export function formatAdminKey({ id, secret }: AdminKeyText): string {
  return `${id}.${secret}`;
}

/** Undefined for any text that is no administration key: it is not looked up. */
export function parseAdminKey(text: string): AdminKeyText | undefined {
  const [, id, secret] = KEY.exec(text) ?? [];
  return id !== undefined && secret !== undefined ? { id, secret } : undefined;
}
