/** The part that is used of a class that every runtime has (WHATWG Encoding §7.2), and that no typings are loaded for. */
declare class TextDecoder {
  constructor(label: string, options: { readonly fatal: boolean; readonly ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

let decoder: TextDecoder | undefined;

/** The text of UTF-8 bytes, or undefined when they are not UTF-8 (RFC 3629): overlong forms and surrogates included. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  // `ignoreBOM` keeps a byte order mark in the text: two bodies must not read as one.
  decoder ??= new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
