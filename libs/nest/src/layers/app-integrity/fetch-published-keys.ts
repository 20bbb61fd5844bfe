import { decodeUtf8 } from '@portcullis/wire';
import { PublishedKeys } from './published-keys.js';

export interface KeySetSource {
  readonly url: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

type Body = ReadableStreamDefaultReader<Uint8Array>;

async function readWhole(body: Body, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await body.read();
    if (done) return Buffer.concat(chunks);
    bytes += value.byteLength;
    if (bytes > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
    chunks.push(value);
  }
}

/**
 * Fetches a key set (RFC 7517 §5) once, within bounds of time and length, following no redirect. Throws when there is
 * none to be had, with a message for the log.
 */
export async function fetchPublishedKeys({ url, timeoutMs, maxBytes }: KeySetSource): Promise<PublishedKeys> {
  const abort = new AbortController();
  let body: Body | undefined;
  const fetchWhole = async (): Promise<PublishedKeys> => {
    const { status, body: stream } = await fetch(url, {
      redirect: 'error',
      signal: abort.signal,
      headers: { accept: 'application/jwk-set+json, application/json' },
    });
    body = stream?.getReader() as Body | undefined;
    if (status !== 200 || !body) throw new Error(`answered ${status}`);
    const text = decodeUtf8(await readWhole(body, maxBytes));
    const keys = text === undefined ? undefined : PublishedKeys.parse(text);
    if (!keys) throw new Error('not a key set');
    return keys;
  };
  let timer: NodeJS.Timeout | undefined;
  const runOut = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no whole answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    // Not the signal alone: once its Request is collected as garbage, fetch does not hear it (seen on Node 20), and a
    // body that stalls would never end.
    return await Promise.race([fetchWhole(), runOut]);
  } finally {
    clearTimeout(timer);
    abort.abort();
    body?.cancel().catch(() => undefined);
  }
}
