import type { KeyObject } from 'node:crypto';

/** A secret that an app signs its requests with: the UTF-8 bytes of its text, as a key built once. */
export interface SigningSecret {
  readonly id: string;
  readonly key: KeyObject;
}

/** Signing secrets by app. On the hot path: an adapter answers from memory when it can. */
export abstract class SigningSecrets {
  /** The secrets that are valid now, newest first; more than one while a rotation overlaps, none for a public app. */
  abstract of(appId: string): readonly SigningSecret[] | Promise<readonly SigningSecret[]>;
}
