import { readHawkAttributes, type HawkGrammar } from './hawk-attributes.js';

/** The server's time, authenticated: `ts` in seconds, `tsm` the base64 MAC of `hawkTimestampString(ts)`. */
export interface HawkStaleChallenge {
  readonly ts: number;
  readonly tsm: string;
}

/** What a server says about its answer; `mac` and `hash` in base64. */
export interface ServerAuthorization {
  readonly mac: string;
  readonly hash?: string;
  readonly ext?: string;
}

const LONGEST = 4096;
const IN_ANSWERS: HawkGrammar = { name: /^[a-z]{2,5}$/, value: /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/ };

function attributesOf(
  field: string,
): { [K in 'ts' | 'tsm' | keyof ServerAuthorization]?: string } | undefined {
  const scheme = /^hawk +/i.exec(field);
  return scheme && field.length <= LONGEST
    ? readHawkAttributes(field.slice(scheme[0].length), IN_ANSWERS)
    : undefined;
}

/**
 * Reads the `WWW-Authenticate` of a signature whose time is wrong, or undefined for every other one. What it says is true
 * only when `tsm` is verified.
 */
export function parseHawkStaleChallenge(field: string): HawkStaleChallenge | undefined {
  const { ts, tsm } = attributesOf(field) ?? {};
  // One spelling of a time only, as in a request.
  if (ts === undefined || !tsm || !/^[1-9]\d{0,14}$/.test(ts)) return undefined;
  return { ts: Number(ts), tsm };
}

/** Reads `Server-Authorization`, or undefined when it is none. */
export function parseServerAuthorization(field: string): ServerAuthorization | undefined {
  const { mac, hash, ext } = attributesOf(field) ?? {};
  if (!mac) return undefined;
  return { mac, ...(hash !== undefined && { hash }), ...(ext !== undefined && { ext }) };
}
