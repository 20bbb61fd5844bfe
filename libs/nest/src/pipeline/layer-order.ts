/** The canonical order in which layers speak. This is the one place where it is written. */
export const LAYER_ORDER = ['app-key', 'request-signature', 'app-integrity', 'user', 'scopes'] as const;
export type LayerName = (typeof LAYER_ORDER)[number];
