/** The client, the user and what the tokens are for, whoever issues them. */
export const CLIENT_ID = 'bench-app';
/** A confidential client that speaks for itself, with `client_secret_basic`. */
export const SERVICE_ID = 'bench-service';
export const RESOURCE = 'https://api.bank.example';
export const SCOPE = 'accounts:read transfers:write';
export const TOKEN_PATH = '/oauth/token';
/** Of every pool: the number of connections decides how many commits a server groups. */
export const POOL_SIZE = 10;

export interface RefreshStackOptions {
  readonly databaseUrl: string;
  /** Empty, and this stack's alone. */
  readonly schema: string;
}

export interface RefreshStack {
  readonly port: number;
  /** Of the service. */
  readonly serviceSecret: string;
  /** Refresh tokens, each the first of a family of its own. */
  mint(count: number): Promise<string[]>;
}

/** Starts a server on a free port of 127.0.0.1. */
export type StartRefreshStack = (options: RefreshStackOptions) => Promise<RefreshStack>;
