import { temporarilyUnavailable } from '../../pipeline/index.js';
import { SessionTokens } from './session-tokens.js';

/**
 * For an application that issues no tokens. No app can be told to have some, and one that was told so before must be told
 * otherwise: its users are in the meantime not given something else.
 */
export class NoSessionTokens extends SessionTokens {
  override readonly absoluteTtlMs = 0;

  override async sign(): Promise<never> {
    throw temporarilyUnavailable('no_tokens_issued');
  }

  override async begin(): Promise<never> {
    throw temporarilyUnavailable('no_tokens_issued');
  }
}
