import { fetchFailure } from './fetch-failure.js';
import { problemOf, Refused } from './refused.js';
import { readText } from './read-text.js';
import { Unreachable } from './unreachable.js';
import { UsageMistake } from './usage-mistake.js';

export interface AdminApiOptions {
  readonly address: URL;
  readonly key: string;
  readonly timeoutMs: number;
}

/** What the interface says about one thing. */
export type Row = Readonly<Record<string, unknown>>;

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/**
 * The administration interface over HTTP. Throws `Refused` when the server says no, `Unreachable` when nobody answers in
 * time or somebody else does.
 */
export class AdminApi {
  constructor(private readonly options: AdminApiOptions) {}

  get address(): URL {
    return this.options.address;
  }

  async list(path: string): Promise<Row[]> {
    const body = await this.call('GET', path);
    if (!Array.isArray(body) || !body.every(isRow)) throw unexpected(this.address, 'no list');
    return body;
  }

  get(path: string): Promise<Row> {
    return this.row('GET', path);
  }

  post(path: string, body: Row): Promise<Row> {
    return this.row('POST', path, body);
  }

  patch(path: string, body: Row): Promise<Row> {
    return this.row('PATCH', path, body);
  }

  put(path: string, body: Row): Promise<Row> {
    return this.row('PUT', path, body);
  }

  async delete(path: string): Promise<void> {
    await this.call('DELETE', path);
  }

  /** For what says how it left things. */
  deleteAndTell(path: string): Promise<Row> {
    return this.row('DELETE', path);
  }

  private async row(method: Method, path: string, body?: Row): Promise<Row> {
    const answer = await this.call(method, path, body);
    if (!isRow(answer)) throw unexpected(this.address, 'no object');
    return answer;
  }

  private async call(method: Method, path: string, body?: Row): Promise<unknown> {
    const { status, type, text } = await this.exchange(method, path, body);
    if (status >= 300 && status < 400)
      throw unexpected(this.address, `a redirection (${status}), which a key does not follow`);
    const answer = jsonOf(text);
    if (status < 300) {
      if (answer === NOT_JSON) throw unexpected(this.address, `${status} and no JSON (${type})`);
      return answer;
    }
    const problem = answer === NOT_JSON ? undefined : problemOf(answer);
    if (!problem) throw unexpected(this.address, `${status} and no problem document (${type})`);
    throw new Refused(problem);
  }

  /** One deadline for the whole of it: an answer that never ends is none. */
  private async exchange(method: Method, path: string, body?: Row) {
    const { address, key, timeoutMs } = this.options;
    const url = `${address.href.replace(/\/+$/, '')}/admin${path}`;
    try {
      const response = await fetch(url, {
        method,
        // To wherever it points, it would take the key along.
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        headers: {
          Accept: 'application/json',
          Authorization: `Bearer ${key}`,
          ...(body && { 'Content-Type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
      const type = response.headers.get('content-type') ?? 'without a content type';
      return { status: response.status, type, text: await readText(response) };
    } catch (error) {
      throw fetchFailure(error, { address, timeoutMs });
    }
  }
}

const NOT_JSON = Symbol('not JSON');

function jsonOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return NOT_JSON;
  }
}

export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unexpected({ origin }: URL, what: string): Unreachable {
  return new Unreachable(
    'unexpected_answer',
    `What answered at ${origin} is no administration interface of Portcullis: it said ${what}`,
    'Look at --url or PORTCULLIS_URL, at what stands before the server, and at whether the server offers this.',
  );
}

/**
 * A path with ids in it, each as one segment. Throws UsageMistake for an id that would lead to another path: `..` and its
 * like are resolved away, however they are encoded (WHATWG URL).
 */
export function path(literals: TemplateStringsArray, ...ids: readonly string[]): string {
  return literals.reduce((whole, literal, at) => {
    const id = ids[at - 1] as string;
    if (/^\.{0,2}$/.test(id))
      throw new UsageMistake('An id is empty, or made of dots: there is no such thing');
    return `${whole}${encodeURIComponent(id)}${literal}`;
  });
}
