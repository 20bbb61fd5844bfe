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
const ATTRIBUTE = /([a-z]{2,5})="([\x20\x21\x23-\x5b\x5d-\x7e]*)"[ \t]*(?:,[ \t]*|$)/y;

/** The attributes from `start` on, each at most once; undefined when anything else stands there. */
function readAttributes(text: string, start: number): Map<string, string> | undefined {
  const found = new Map<string, string>();
  for (let at = start; at < text.length; at = ATTRIBUTE.lastIndex) {
    ATTRIBUTE.lastIndex = at;
    const [, name = '', value = ''] = ATTRIBUTE.exec(text) ?? [];
    if (name === '' || found.has(name)) return undefined;
    found.set(name, value);
  }
  return found;
}

function attributesOf(field: string): Map<string, string> | undefined {
  const scheme = /^hawk +/i.exec(field);
  return scheme && field.length <= LONGEST ? readAttributes(field, scheme[0].length) : undefined;
}

/**
 * Reads the `WWW-Authenticate` of a signature whose time is wrong, or undefined for every other one. What it says is true
 * only when `tsm` is verified.
 */
export function parseHawkStaleChallenge(field: string): HawkStaleChallenge | undefined {
  const attributes = attributesOf(field);
  const ts = attributes?.get('ts');
  const tsm = attributes?.get('tsm');
  // One spelling of a time only, as in a request.
  if (ts === undefined || !tsm || !/^[1-9]\d{0,14}$/.test(ts)) return undefined;
  return { ts: Number(ts), tsm };
}

/** Reads `Server-Authorization`, or undefined when it is none. */
export function parseServerAuthorization(field: string): ServerAuthorization | undefined {
  const attributes = attributesOf(field);
  const mac = attributes?.get('mac');
  if (!mac) return undefined;
  const hash = attributes?.get('hash');
  const ext = attributes?.get('ext');
  return { mac, ...(hash !== undefined && { hash }), ...(ext !== undefined && { ext }) };
}
