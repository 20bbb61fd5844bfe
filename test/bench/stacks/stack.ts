export interface StackOptions {
  readonly adapter: 'fastify' | 'express';
  /** Of which `Issuers` derives every key. */
  readonly seed: string;
  readonly appCount: number;
  /** Which layers the routes demand, where a stack can leave some out: app key, signature, integrity, user. */
  readonly layers: number;
  /** How old a signature may be, where it is not the default. */
  readonly maxAgeSeconds?: number;
}

/** Starts a server on a free port of 127.0.0.1 and tells which. */
export type Stack = (options: StackOptions) => Promise<number>;

/** app key, signature, integrity, user. */
export const ALL_LAYERS = 4;
