import { readHawkAttributes, type HawkGrammar } from './hawk-attributes.js';
import { MalformedCredentials, trimFieldValue } from './raw-headers.js';

/** Attributes of a Hawk `Authorization` value. `ts` in seconds; `mac` and `hash` in base64. */
export interface HawkAttributes {
  readonly id: string;
  readonly ts: number;
  readonly nonce: string;
  readonly mac: string;
  readonly hash?: string | undefined;
  readonly ext?: string | undefined;
  readonly app?: string | undefined;
  readonly dlg?: string | undefined;
}

/** What a Hawk MAC covers. */
export interface HawkArtifacts extends Omit<HawkAttributes, 'id' | 'mac'> {
  readonly method: string;
  /** Path and query as received. */
  readonly resource: string;
  readonly host: string;
  readonly port: number;
}

const LONGEST = 4096;
const IN_REQUESTS: HawkGrammar = {
  name: /^(?:id|ts|nonce|mac|hash|ext|app|dlg)$/,
  // The value characters that Hawk allows: printable ASCII without the quote and the backslash.
  value: /^[\x20\x21\x23-\x5b\x5d-\x7e]+$/,
};
// One spelling of a time only: `1e9`, `0x1` and ` 1` would be signed as text and compared as a number.
const TIME = /^[1-9]\d{0,14}$/;

/** Reads `Hawk id="…", ts="…", …`. Throws MalformedCredentials. */
export function parseHawkAuthorization(value: string): HawkAttributes {
  if (value.length > LONGEST) throw new MalformedCredentials('hawk_too_long');
  if (value.slice(0, 5).toLowerCase() !== 'hawk ') throw new MalformedCredentials('hawk_scheme');
  const read = readHawkAttributes<keyof HawkAttributes>(trimFieldValue(value.slice(5)), IN_REQUESTS);
  if (!read) throw new MalformedCredentials('hawk_attributes');
  const { id, ts, nonce, mac, hash, ext, app, dlg } = read;
  if (!ts || !TIME.test(ts)) throw new MalformedCredentials('hawk_ts');
  if (!id || !nonce || !mac) throw new MalformedCredentials('hawk_attribute_missing');
  // Without `app` it is not in the text that is MACed: anybody could write it there.
  if (dlg !== undefined && app === undefined) throw new MalformedCredentials('hawk_dlg_without_app');
  return { id, ts: Number(ts), nonce, mac, hash, ext, app, dlg };
}

/** The text that is MACed, for a request (`header`) or its answer (`response`). */
export function hawkNormalizedString(type: 'header' | 'response', artifacts: HawkArtifacts): string {
  const { ts, nonce, method, resource, host, port, hash = '', ext = '', app, dlg = '' } = artifacts;
  const escaped = ext === '' ? '' : ext.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
  const delegation = app ? `${app}\n${dlg}\n` : '';
  return `hawk.1.${type}\n${ts}\n${nonce}\n${method.toUpperCase()}\n${resource}\n${host.toLowerCase()}\n${port}\n${hash}\n${escaped}\n${delegation}`;
}

/** What is hashed before a payload's bytes; the media type counts without its parameters. */
export function hawkPayloadPrefix(contentType: string | undefined): string {
  const whole = contentType ?? '';
  const end = whole.indexOf(';');
  const mediaType = end < 0 ? whole : whole.slice(0, end);
  return `hawk.1.payload\n${trimFieldValue(mediaType).toLowerCase()}\n`;
}

/** What is hashed after it. */
export const HAWK_PAYLOAD_SUFFIX = '\n';

/** The text that is MACed to authenticate the server's time (`tsm`), seconds. */
export function hawkTimestampString(ts: number): string {
  return `hawk.1.ts\n${ts}\n`;
}

/** `Server-Authorization`. */
export function formatServerAuthorization({ mac, hash }: { mac: string; hash?: string | undefined }): string {
  return hash === undefined ? `Hawk mac="${mac}"` : `Hawk mac="${mac}", hash="${hash}"`;
}

/** `WWW-Authenticate` of a request whose MAC is right and whose time is not. */
export function formatHawkStaleChallenge({ ts, tsm }: { ts: number; tsm: string }): string {
  return `Hawk ts="${ts}", tsm="${tsm}", error="Stale timestamp"`;
}

/** The signing side. */
export function formatHawkAuthorization(attributes: HawkAttributes): string {
  const order = ['id', 'ts', 'nonce', 'hash', 'ext', 'mac', 'app', 'dlg'] as const;
  const written = order.filter((name) => attributes[name] !== undefined && attributes[name] !== '');
  return `Hawk ${written.map((name) => `${name}="${attributes[name]}"`).join(', ')}`;
}
