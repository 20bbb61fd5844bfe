import { validationFailed } from '../../pipeline/index.js';
import type { AppChanges, AppRecord } from './app.store.js';

type Settings = Pick<AppRecord, 'clientType' | 'clientKeys' | 'grantTypes' | 'corsOrigins'>;

/**
 * Throws `validation_failed` for settings that contradict each other. Only of members that are named: an app of old must still
 * be suspended, whatever it is like.
 */
export function refuseContradictions(app: AppRecord, named: AppChanges): void {
  const contradictions = Object.entries(contradictionsOf(app)).filter(
    ([member]) => named[member as keyof AppChanges] !== undefined,
  );
  if (contradictions.length > 0) throw validationFailed(Object.fromEntries(contradictions));
}

/** By member, what of an app's settings cannot be, and what was expected. */
function contradictionsOf(app: Settings): Readonly<Record<string, string>> {
  const isPublic = app.clientType === 'public';
  return {
    // RFC 6749 §2.1: a public app cannot keep what it would authenticate with, …
    ...(isPublic && app.clientKeys.length > 0 && { clientKeys: 'expected a confidential app' }),
    // … and client credentials are for those alone who authenticate (§4.4).
    ...(isPublic &&
      app.grantTypes.includes('client_credentials') && {
        grantTypes: 'expected a confidential app for client_credentials',
      }),
    ...(!app.corsOrigins.every(isOrigin) && {
      corsOrigins: 'expected origins such as https://app.example.com',
    }),
  };
}

/** As a browser spells it in `Origin` (RFC 6454 §6.2): it is compared character by character. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}
