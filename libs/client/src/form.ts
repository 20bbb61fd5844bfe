/** Members that are undefined are not sent. */
export type FormFields = Readonly<Record<string, string | undefined>>;

export function formEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll('%20', '+');
}

/** `application/x-www-form-urlencoded`, of a body or a query. Without `URLSearchParams`, of which React Native has a part. */
export function writeForm(fields: FormFields): string {
  const written: string[] = [];
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) written.push(`${formEncoded(name)}=${formEncoded(value)}`);
  return written.join('&');
}

/** Undefined when a name is there twice (RFC 6749 §3.1), for two readers may take different ones, and for broken encodings. */
export function readForm(text: string): ReadonlyMap<string, string> | undefined {
  const fields = new Map<string, string>();
  for (const part of text.split('&').filter((one) => one !== '')) {
    const end = part.indexOf('=');
    try {
      const name = formDecoded(end < 0 ? part : part.slice(0, end));
      if (fields.has(name)) return undefined;
      fields.set(name, end < 0 ? '' : formDecoded(part.slice(end + 1)));
    } catch {
      return undefined;
    }
  }
  return fields;
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
