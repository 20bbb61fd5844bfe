import type { Bytes } from './crypto-engine.js';

const REPLACEMENT = 0xfffd;

/** RFC 3629; a lone surrogate becomes U+FFFD. React Native has not always had a TextEncoder. */
export function utf8Bytes(text: string): Bytes {
  const bytes: number[] = [];
  for (const character of text) {
    const found = character.codePointAt(0) as number;
    const point = found >= 0xd800 && found <= 0xdfff ? REPLACEMENT : found;
    const tail = (shift: number) => 0x80 | ((point >> shift) & 63);
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(0));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(6), tail(0));
    else bytes.push(0xf0 | (point >> 18), tail(12), tail(6), tail(0));
  }
  return Uint8Array.from(bytes);
}

/** One byte a character, as header values travel. Throws a TypeError for text that cannot. */
export function latin1Bytes(text: string): Bytes {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) throw new TypeError('a header value is Latin-1 text');
    bytes[i] = code;
  }
  return bytes;
}

export function concatBytes(...parts: readonly Uint8Array[]): Bytes {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
