import type { Provider } from '@nestjs/common';
import { KeyRing } from '../../../crypto/index.js';
import { ClaimStore, Clock } from '../../../pipeline/index.js';
import { AuthorizationCodeStore } from '../../authorizations/index.js';
import { TokenOptions } from '../../tokens/index.js';
import { OAuthOptions } from '../oauth.options.js';
import { AuthorizationCodes } from './authorization-codes.js';
import { CodeRedemptions } from './code-redemptions.js';
import { CodeReplays } from './code-replays.js';
import {
  SealedAuthorizationCodes,
  type SealedAuthorizationCodesParts,
} from './sealed-authorization-codes.js';
import { StoredAuthorizationCodes } from './stored-authorization-codes.js';

/** Codes as the option `codes` has them, and what becomes of them. */
export const CODES: Provider[] = [
  {
    provide: AuthorizationCodes,
    useFactory: (store: AuthorizationCodeStore, ...parts: PartsInOrder): AuthorizationCodes => {
      const [claims, keyRing, options, tokens, clock] = parts;
      return options.codes === 'stored'
        ? new StoredAuthorizationCodes(store, keyRing, options, clock)
        : new SealedAuthorizationCodes({ claims, keyRing, options, tokens, clock });
    },
    inject: [AuthorizationCodeStore, ClaimStore, KeyRing, OAuthOptions, TokenOptions, Clock],
  },
  CodeRedemptions,
  CodeReplays,
];

type PartsInOrder = [SealedAuthorizationCodesParts['claims'], KeyRing, OAuthOptions, TokenOptions, Clock];
