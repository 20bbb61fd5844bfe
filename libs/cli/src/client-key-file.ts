import { createPublicKey } from 'node:crypto';
import type { Row } from './admin-api.js';
import { readNamedFile } from './read-named-file.js';
import type { Terminal } from './terminal.js';
import { UsageMistake } from './usage-mistake.js';

const FLAG = '--client-key';
const ADVICE =
  'openssl ecparam -name prime256v1 -genkey -noout -out app.pem makes a key, openssl ec -in app.pem -pubout the file to name.';

/**
 * The public keys in the file that `--client-key` names: PEM, one JWK, or a set of them (RFC 7517). Throws UsageMistake, and
 * for a private key before it is sent anywhere. Nothing of the file is repeated.
 */
export async function clientKeysIn(file: string, terminal: Terminal): Promise<Row[]> {
  const text = (await readNamedFile(FLAG, file, terminal)).trim();
  if (/PRIVATE KEY/.test(text)) throw privateKey();
  const keys = text.startsWith('-----BEGIN') ? [jwkOf(text)] : jwksIn(text);
  if (keys.some((key) => 'd' in key || 'k' in key)) throw privateKey();
  return keys;
}

function jwkOf(pem: string): Row {
  try {
    return { ...createPublicKey(pem).export({ format: 'jwk' }) };
  } catch {
    throw noKey();
  }
}

function jwksIn(text: string): Row[] {
  const read = parse(text);
  const keys = isRow(read) && Array.isArray(read['keys']) ? (read['keys'] as unknown[]) : [read];
  if (keys.length === 0 || !keys.every(isRow)) throw noKey();
  return keys;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw noKey();
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function noKey(): UsageMistake {
  return new UsageMistake(`The file that ${FLAG} names holds no public key: expected PEM, or a JWK`, ADVICE);
}

function privateKey(): UsageMistake {
  return new UsageMistake(
    `The file that ${FLAG} names holds a private key, which is the app's alone`,
    ADVICE,
  );
}
