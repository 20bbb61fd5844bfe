import { parseJsonObject } from '@portcullis/wire';
import { AuthorizationError } from './authorization-error.js';
import { readServerMetadata, type AuthorizationServerMetadata } from './authorization-server-metadata.js';
import { withinTimeLimit } from './within-time-limit.js';

export interface AuthorizationServerParts {
  readonly issuer: string;
  /** Looked up unless told. */
  readonly metadata: AuthorizationServerMetadata | undefined;
  readonly fetch: typeof globalThis.fetch;
}

const TIME_LIMIT_MS = 10_000;

/** Where the server says what it is (RFC 8414 §3.1): between the issuer's host and its path, without a last slash. */
function discoveryUrl(issuer: string): string {
  const [, host = '', path = ''] = /^(https?:\/\/[^/]+)(.*?)\/?$/.exec(issuer) ?? [];
  return `${host}/.well-known/oauth-authorization-server${path}`;
}

/** Who the app's users sign in with, and where. */
export class AuthorizationServer {
  private known: Promise<AuthorizationServerMetadata> | undefined;

  constructor(private readonly parts: AuthorizationServerParts) {
    const { metadata } = parts;
    if (metadata) this.known = Promise.resolve(metadata);
  }

  get issuer(): string {
    return this.parts.issuer;
  }

  /** Looked up once. Throws an AuthorizationError. */
  metadata(): Promise<AuthorizationServerMetadata> {
    if (this.known) return this.known;
    const asked = this.discover();
    this.known = asked;
    asked.catch(() => (this.known = undefined));
    return asked;
  }

  private async discover(): Promise<AuthorizationServerMetadata> {
    const { fetch, issuer } = this.parts;
    const answered = withinTimeLimit(TIME_LIMIT_MS, async (signal) => {
      const answer = await fetch(discoveryUrl(issuer), { redirect: 'error', signal });
      return { status: answer.status, document: parseJsonObject(await answer.text()) };
    });
    const { status, document } = await answered.catch((cause: unknown) => {
      throw new AuthorizationError('server_unanswered', { cause });
    });
    if (status !== 200 || !document) throw new AuthorizationError('server_unanswered', { status });
    return readServerMetadata(document, issuer);
  }
}
