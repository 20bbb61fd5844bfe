import type { IssuedTokens } from './issued-tokens.js';

/** What a refresh token came to. */
export type RefreshOutcome =
  | { readonly kind: 'renewed'; readonly askedAtMs: number; readonly tokens: IssuedTokens }
  /** `invalid_grant`: the session is over. */
  | { readonly kind: 'ended' }
  /** The app was refused, or the question: as often as it is asked. */
  | { readonly kind: 'refused'; readonly status: number; readonly oauthError: string | undefined }
  /** The server may have done it or not. */
  | {
      readonly kind: 'unanswered';
      readonly status?: number;
      readonly retryAfterSeconds?: number | undefined;
      readonly cause?: unknown;
    };
