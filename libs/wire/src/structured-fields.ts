import { decodeBase64, encodeBase64 } from './base64.js';
import { trimFieldValue } from './raw-headers.js';

/** A bare item of RFC 9651 §3.3 as far as signatures and digests use them. */
export type BareItem = string | number | boolean | Uint8Array;
export type Parameters = ReadonlyMap<string, BareItem>;

export interface InnerList {
  readonly items: readonly { readonly value: string; readonly parameters: Parameters }[];
  readonly parameters: Parameters;
  /** The member exactly as it was sent. */
  readonly raw: string;
}

class NotStructured extends Error {}

const KEY = /[a-z*][a-z0-9_\-.*]*/y;
const STRING = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const INTEGER = /-?\d{1,15}(?![\d.])/y;
const TOKEN = /[A-Za-z*][A-Za-z0-9:/!#$%&'*+\-.^_`|~]*/y;
const BYTES = /:([A-Za-z0-9+/=]*):/y;
const BOOLEAN = /\?([01])/y;

/** Reads a dictionary member by member (RFC 9651 §4.2.2). Every pattern is sticky and linear. */
class Reader {
  at = 0;

  constructor(readonly text: string) {}

  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  expect(pattern: RegExp): string {
    const found = this.match(pattern);
    if (!found) throw new NotStructured();
    return found[1] ?? found[0];
  }

  spaces(): void {
    while (this.take(' '));
  }

  bareItem(): BareItem {
    const next = this.text[this.at];
    if (next === '"') return this.expect(STRING).replace(/\\(.)/g, '$1');
    if (next === ':') return bytesOf(this.expect(BYTES));
    if (next === '?') return this.expect(BOOLEAN) === '1';
    const integer = this.match(INTEGER);
    return integer ? Number(integer[0]) : this.expect(TOKEN);
  }

  parameters(): Parameters {
    const parameters = new Map<string, BareItem>();
    while (this.take(';')) {
      this.spaces();
      const key = this.expect(KEY);
      // RFC 9651 lets the last one win; a signer who repeats himself is not understood the same way by everybody.
      if (parameters.has(key)) throw new NotStructured();
      parameters.set(key, this.take('=') ? this.bareItem() : true);
    }
    return parameters;
  }

  innerList(): InnerList {
    const start = this.at;
    if (!this.take('(')) throw new NotStructured();
    const items: InnerList['items'][number][] = [];
    for (this.spaces(); !this.take(')');) {
      const value = this.expect(STRING).replace(/\\(.)/g, '$1');
      items.push({ value, parameters: this.parameters() });
      if (this.text[this.at] !== ' ' && this.text[this.at] !== ')') throw new NotStructured();
      this.spaces();
    }
    const parameters = this.parameters();
    return { items, parameters, raw: this.text.slice(start, this.at) };
  }
}

function bytesOf(text: string): Uint8Array {
  const bytes = decodeBase64(text);
  if (!bytes) throw new NotStructured();
  return bytes;
}

function parseDictionary<T>(text: string, member: (reader: Reader) => T): Map<string, T> | undefined {
  const reader = new Reader(trimFieldValue(text));
  const members = new Map<string, T>();
  try {
    while (reader.at < reader.text.length) {
      const key = reader.expect(KEY);
      if (members.has(key) || !reader.take('=')) return undefined;
      members.set(key, member(reader));
      reader.match(/[ \t]*/y);
      if (reader.at === reader.text.length) return members;
      if (!reader.take(',')) return undefined;
      reader.match(/[ \t]*/y);
      if (reader.at === reader.text.length) return undefined;
    }
  } catch (error) {
    if (error instanceof NotStructured) return undefined;
    throw error;
  }
  return undefined;
}

/** A dictionary of inner lists of strings (`Signature-Input`), or undefined when it is not one. */
export function parseInnerListDictionary(text: string): Map<string, InnerList> | undefined {
  return parseDictionary(text, (reader) => reader.innerList());
}

/** A dictionary of byte sequences (`Signature`, `Content-Digest`), or undefined when it is not one. */
export function parseBytesDictionary(text: string): Map<string, Uint8Array> | undefined {
  return parseDictionary(text, (reader) => {
    const bytes = bytesOf(reader.expect(BYTES));
    reader.parameters();
    return bytes;
  });
}

/** RFC 9651 §4.1.6. Throws a TypeError for text outside printable ASCII, which has no such form. */
export function formatString(text: string): string {
  if (!/^[\x20-\x7e]*$/.test(text)) throw new TypeError('a structured field string is printable ASCII');
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** RFC 9651 §4.1.8. */
export function formatBytes(bytes: Uint8Array): string {
  return `:${encodeBase64(bytes)}:`;
}
