import type { AppRecord } from './app.store.js';

type Settings = Pick<AppRecord, 'grantTypes' | 'plainPkce'>;

const WEAK_GRANTS: Readonly<Record<string, string>> = {
  password: 'the password grant, which shows the app what its users sign in with',
  implicit: 'the implicit grant, which leaves access tokens in addresses',
};

/** What of an app's settings RFC 9700 (§2.1, §2.4) advises against, in words for the log. */
export function weakSettingsOf({ grantTypes, plainPkce }: Settings): readonly string[] {
  const grants = Object.keys(WEAK_GRANTS).filter((grant) => grantTypes.includes(grant));
  return [
    ...grants.map((grant) => WEAK_GRANTS[grant] as string),
    ...(plainPkce ? ['the PKCE method plain, which protects no code from whoever sees the request'] : []),
  ];
}
