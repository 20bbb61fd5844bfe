import { createHmac, randomUUID } from 'node:crypto';
import Hawk from 'hawk';
import { noteSecret } from './log-book.js';
import { sign } from './sign.js';

export interface BankClientParts {
  readonly url: string;
  readonly appId: string;
  readonly signingSecret: string;
  /** Base64. */
  readonly integritySecret: string;
}

export interface Call {
  readonly body?: unknown;
  readonly headers?: Record<string, string | undefined>;
  readonly signature?: 'none' | 'rfc9421' | 'hawk';
  readonly integrity?: boolean;
  /** By how much the clock that signs (RFC 9421) is ahead. */
  readonly aheadSeconds?: number;
}

export interface BankAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly body: Record<string, unknown> & { id: string };
  readonly headers: Headers;
}

/** Method, headers and body of a request, so that it can be sent again just as it was. */
export interface Prepared {
  readonly url: string;
  readonly init: { method: string; headers: Record<string, string>; body?: string };
}

const b64url = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function send({ url, init }: Prepared): Promise<BankAnswer> {
  const response = await fetch(url, init);
  const text = await response.text();
  const body = (text === '' ? {} : JSON.parse(text)) as BankAnswer['body'];
  return {
    status: response.status,
    code: body['code'] as string | undefined,
    body,
    headers: response.headers,
  };
}

/** An app with its secrets, and the session of its user once somebody has signed in. */
export class BankClient {
  session: string | undefined;

  constructor(readonly parts: BankClientParts) {
    noteSecret(parts.signingSecret);
    noteSecret(parts.integritySecret);
  }

  /** As the attestation service would make it. */
  integrityToken(claims: Record<string, unknown> = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const input = `${b64url({ alg: 'HS256', typ: 'integrity+jwt' })}.${b64url({
      sub: this.parts.appId,
      iat: now,
      exp: now + 300,
      jti: randomUUID(),
      ...claims,
    })}`;
    const key = Buffer.from(this.parts.integritySecret, 'base64');
    return noteSecret(`${input}.${createHmac('sha256', key).update(input).digest('base64url')}`);
  }

  async signIn(username: string, password: string, body?: object): Promise<BankAnswer> {
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const answer = await this.call('POST', '/sessions', {
      body,
      signature: 'none',
      integrity: false,
      headers: { authorization: undefined, 'x-user-authorization': `Basic ${basic}` },
    });
    if (answer.status === 201) this.session = noteSecret(answer.body['session_key'] as string);
    return answer;
  }

  /** Everything that the most guarded route asks for, unless told otherwise. */
  prepare(
    method: string,
    path: string,
    { body, headers = {}, signature = 'rfc9421', integrity = true, aheadSeconds = 0 }: Call = {},
  ): Prepared {
    const { url, appId, signingSecret } = this.parts;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const all = {
      'x-api-key': signature === 'none' ? appId : undefined,
      authorization: this.session === undefined ? undefined : `Bearer ${this.session}`,
      'x-integrity-token': integrity ? this.integrityToken() : undefined,
      'content-type': text === undefined ? undefined : 'application/json',
      ...headers,
    };
    const sent = Object.fromEntries(Object.entries(all).filter((entry) => entry[1] !== undefined)) as Record<
      string,
      string
    >;
    const target = `${url}${path}`;
    const init = { method, ...(text !== undefined && { body: text }) };
    if (signature === 'none') return { url: target, init: { ...init, headers: sent } };
    if (signature === 'hawk') {
      const { header } = Hawk.client.header(target, method, {
        credentials: { id: appId, key: signingSecret, algorithm: 'sha256' },
        ...(text !== undefined && { payload: text, contentType: 'application/json' }),
      });
      return { url: target, init: { ...init, headers: { ...sent, 'x-app-authorization': header } } };
    }
    const signed = sign({
      method,
      url: target,
      headers: sent,
      secret: signingSecret,
      parameters: { keyid: appId, created: Math.floor(Date.now() / 1000) + aheadSeconds },
      ...(text !== undefined && { body: text }),
    });
    return { url: target, init: { ...init, headers: signed.headers } };
  }

  call(method: string, path: string, options: Call = {}): Promise<BankAnswer> {
    return send(this.prepare(method, path, options));
  }
}
