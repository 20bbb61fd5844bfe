import { createHash, createHmac, randomUUID } from 'node:crypto';
import {
  formatContentDigest,
  formatSignature,
  formatSignatureInput,
  signatureBase,
  type SignatureParameters,
} from '@portcullis/wire';
import { APP, SECRET } from './host-app.js';
import { noteSecret } from './log-book.js';

export interface ToSign {
  method: string;
  url: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Parameters to set or, as undefined, to leave out. */
  parameters?: { [K in keyof SignatureParameters]?: SignatureParameters[K] | undefined };
  components?: string[];
  secret?: string;
  label?: string;
}

export interface Signed {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
}

/** Signs by RFC 9421 as an app would; every part can be set wrong. */
export function sign({
  method,
  url,
  headers = {},
  body,
  parameters = {},
  components,
  secret = SECRET,
  label = 'sig1',
}: ToSign): Signed {
  const sent: Record<string, string> = { ...headers };
  if (body !== undefined)
    sent['content-digest'] ??= formatContentDigest('sha-256', createHash('sha256').update(body).digest());
  const covered = components ?? ['@method', '@target-uri', ...Object.keys(sent)];
  const all = { created: Math.floor(Date.now() / 1000), nonce: randomUUID(), keyid: APP.id, ...parameters };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const raw = formatSignatureInput(covered, kept);
  const base = signatureBase(
    { components: covered, raw },
    { method, targetUri: url, headers: Object.entries(sent).flat() },
  );
  if (base === undefined) throw new Error('a covered component is absent');
  const mac = createHmac('sha256', secret).update(base, 'latin1').digest();
  noteSecret(mac.toString('base64'));
  sent['signature-input'] = `${label}=${raw}`;
  sent['signature'] = formatSignature(label, mac);
  return body === undefined ? { method, url, headers: sent } : { method, url, headers: sent, body };
}

export interface Answer {
  status: number;
  code: string | undefined;
  headers: Headers;
  body: Record<string, unknown>;
}

export async function send({ url, body, ...rest }: Signed): Promise<Answer> {
  const response = await fetch(url, body === undefined ? rest : { ...rest, body: body as string });
  const answer = (await response.json()) as Record<string, unknown>;
  return {
    status: response.status,
    code: answer['code'] as string | undefined,
    headers: response.headers,
    body: answer,
  };
}
