import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDER = 'PORTCULLIS_TEST_LOG_BOOK';
const SHORTEST_SECRET = 8;

/** Before the first suite: one folder for the logs, and the secrets, of all of them. */
export function openLogBook(): void {
  process.env[FOLDER] = mkdtempSync(join(tmpdir(), 'portcullis-log-book-'));
}

function append(kind: 'log' | 'secrets', line: string): void {
  const folder = process.env[FOLDER];
  if (folder !== undefined) appendFileSync(join(folder, `${kind}-${process.pid}`), `${line}\n`);
}

/** A line that the product logged. */
export function noteLog(line: string): void {
  append('log', line);
}

/** Something that must be in no log: a secret, a key, a token, a MAC, a password. */
export function noteSecret<T extends string>(secret: T): T {
  if (secret.length < SHORTEST_SECRET) throw new TypeError('too short to be told from other text');
  append('secrets', secret);
  return secret;
}

/** After the last suite: how much was searched, and where a secret was found. The secrets themselves are not repeated. */
export function closeLogBook(): { lines: number; secrets: number; leaks: string[] } {
  const folder = process.env[FOLDER] as string;
  const read = (kind: string): string[] =>
    readdirSync(folder)
      .filter((name) => name.startsWith(kind))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
      .filter((line) => line !== '');
  const lines = read('log');
  const secrets = [...new Set(read('secrets'))];
  rmSync(folder, { recursive: true });
  const log = lines.join('\n');
  const leaks = secrets
    .filter((secret) => log.includes(secret))
    .map((secret) => (lines.find((line) => line.includes(secret)) ?? '').replaceAll(secret, '<secret>'));
  return { lines: lines.length, secrets: secrets.length, leaks };
}
