import type { SignedRequest } from './sign-requests.js';

export interface BearerOrder {
  readonly path: string;
  readonly appId: string;
  /** Of one user; they take turns. */
  readonly tokens: readonly string[];
  readonly count: number;
  /** The answer without which the run does not count. */
  readonly answer: object;
}

/** The leanest request that names a user: an app's id and a token, and no signature. */
export function bearerRequests({ path, appId, tokens, count, answer }: BearerOrder): SignedRequest[] {
  const body = Buffer.from(JSON.stringify(answer));
  const all = tokens.map((token) =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nhost: api.bank.example\r\nx-api-key: ${appId}\r\nauthorization: Bearer ${token}\r\n\r\n`,
    ),
  );
  return Array.from({ length: count }, (_, at) => ({
    bytes: all[at % all.length] as Buffer,
    status: 200,
    body,
  }));
}
