import type { KeyObject } from 'node:crypto';

/** n, order of the group of P-256. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** `alg` as no key is for it (RFC 8725 §2.1). */
export const WRONG_ALGORITHMS = [
  'none',
  'None',
  'nOnE',
  'NONE',
  '',
  undefined,
  null,
  'ES384',
  'es256',
] as const;

/** `kid` as no key set has it. */
export const STRANGE_KIDS = [
  '',
  '../../dev/null',
  "' or 1=1 --",
  'ES',
  'hs',
  'x'.repeat(9000),
  7,
  null,
  ['es'],
  {},
] as const;

/** `typ` of every other kind of token, and of this one as nobody writes it. */
export const OTHER_KINDS = [
  'JWT',
  'jwt',
  'id_token+jwt',
  'logout+jwt',
  'client-authentication+jwt',
  'dpop+jwt',
  'rt+jwt',
  'integrity+jwt',
  'oauth-authz-req+jwt',
  'secevent+jwt',
  'token-introspection+jwt',
  'JOSE',
  'AT+JWT',
  'at+JWT',
  'Application/at+jwt',
  ' at+jwt',
  'at+jwt;v=1',
  'text/at+jwt',
  'at',
  '',
  undefined,
  null,
  7,
  ['at+jwt'],
] as const;

const partsOf = (token: string) => token.split('.') as [string, string, string];

/** What a public key could be mistaken for an HMAC secret as. */
export function publicKeyAsBytes(key: KeyObject): Buffer[] {
  const jwk = key.export({ format: 'jwk' });
  return [
    Buffer.from(key.export({ format: 'pem', type: 'spki' }) as string),
    key.export({ format: 'der', type: 'spki' }),
    Buffer.from(JSON.stringify(jwk)),
    Buffer.from(jwk.x as string, 'base64url'),
  ];
}

/** RFC 7515 §7.2, and what is one serialisation to one reader and another to the next. */
export function inOtherSerialisations(token: string): string[] {
  const [head, payload, signature] = partsOf(token);
  return [
    JSON.stringify({ protected: head, payload, signature }),
    JSON.stringify({ payload, signatures: [{ protected: head, signature }] }),
    `{"a":"${token}","protected":"${head}","payload":"${payload}","signature":"${signature}"}`,
    `${token}.`,
    `${token}.${signature}`,
    `${head}..${signature}`,
  ];
}

/** Texts that a lenient reader takes for the same token. */
export function otherSpellings(token: string): string[] {
  const [head, payload, signature] = partsOf(token);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet[alphabet.indexOf(signature.at(-1) as string) + 1] as string;
  return [
    `${head}.${payload}.${signature.slice(0, -1)}${last}`,
    `${token}=`,
    `${token}==`,
    ` ${token}`,
    `${head}.${payload} .${signature}`,
    `${head}.${payload}\n.${signature}`,
    `${token}\n`,
  ];
}

/** An ES256 signature as DER and in other lengths. */
export function withWrongSignatureForms(token: string): string[] {
  const [head, payload, signature] = partsOf(token);
  const bytes = Buffer.from(signature, 'base64url');
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)];
  const integer = (part: Buffer) => {
    const whole = Buffer.concat([Buffer.of(0), part]);
    return Buffer.concat([Buffer.of(2, whole.length), whole]);
  };
  const der = Buffer.concat([Buffer.of(0x30, 70), integer(r), integer(s)]);
  return [der, bytes.subarray(1), Buffer.concat([bytes, Buffer.of(0)]), Buffer.alloc(64), r].map(
    (tail) => `${head}.${payload}.${tail.toString('base64url')}`,
  );
}

/** The same ES256 signature with n − s in place of s: as right as the other. */
export function withOtherS(token: string): string {
  const [head, payload, signature] = partsOf(token);
  const bytes = Buffer.from(signature, 'base64url');
  const s = BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const otherS = Buffer.from((ORDER - s).toString(16).padStart(64, '0'), 'hex');
  return `${head}.${payload}.${Buffer.concat([bytes.subarray(0, 32), otherS]).toString('base64url')}`;
}
