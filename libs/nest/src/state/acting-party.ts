/**
 * Who acts. `root-key`: whoever holds the environment's administration key. `admin-key`: whoever holds a named one.
 * `host`: the application's own code, outside of any request that says who asks.
 */
export interface ActingParty {
  readonly kind: 'root-key' | 'admin-key' | 'user' | 'host';
  /** Of a user or of a named key; the kind itself for the others, of whom there is one. */
  readonly id: string;
  /** Of a named key; null for the others: who asks to be forgotten must not be named for ever. */
  readonly name: string | null;
}

/** For what nobody decides, whoever's request it comes about with. */
export const THE_HOST: ActingParty = Object.freeze({ kind: 'host', id: 'host', name: null });

/** An acting party, and where its request came from. */
export interface Acting {
  readonly party: ActingParty;
  /** After trusted proxies. */
  readonly address: string | null;
  readonly requestId: string | null;
}
