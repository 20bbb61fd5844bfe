import type { Command } from 'commander';
import type { Row } from './admin-api.js';
import { clientKeysIn } from './client-key-file.js';
import { choiceOption, given, listOption, scopesOption } from './options.js';
import type { Terminal } from './terminal.js';

/** What can be said of an app, when it is registered and later. */
export interface AppSettings {
  readonly name?: string;
  readonly scopes?: string[];
  readonly tier?: string;
  readonly grantType?: string[];
  readonly redirectUri?: string[];
  readonly resource?: string[];
  readonly sessionKind?: string;
  readonly refreshRotation?: boolean;
  /** Files. */
  readonly clientKey?: string[];
  readonly plainPkce?: boolean;
  readonly dpopBound?: boolean;
  readonly requirePar?: boolean;
  readonly corsOrigin?: string[];
}

/** Under the names of the interface. Throws UsageMistake for a file that holds no public key. */
export async function settingsOf(settings: AppSettings, terminal: Terminal): Promise<Row> {
  const { name, scopes, tier, sessionKind, refreshRotation, plainPkce } = settings;
  const clientKeys: Row[] = [];
  for (const file of settings.clientKey ?? []) clientKeys.push(...(await clientKeysIn(file, terminal)));
  return given({
    name,
    scopes,
    tier: tier === '' ? null : tier,
    grantTypes: settings.grantType,
    redirectUris: settings.redirectUri,
    resources: settings.resource,
    sessionKind,
    refreshRotation,
    clientKeys: settings.clientKey && clientKeys,
    plainPkce,
    dpopBoundAccessTokens: settings.dpopBound,
    requirePushedRequests: settings.requirePar,
    corsOrigins: settings.corsOrigin,
  });
}

export function takeSettings(command: Command): Command {
  command
    .addOption(scopesOption('what the app may do: "accounts:read transfers:write"; empty for nothing'))
    .option('--tier <tier>', 'its tier; empty for none')
    .addOption(
      choiceOption(
        '--session-kind <kind>',
        'what a sign-in gives: a key that is looked up (opaque), or an access and a refresh token (tokens)',
        ['opaque', 'tokens'],
      ),
    );
  return takeOAuthSettings(command);
}

/** A switch is two options: with the negative alone commander would say true where nothing was said. */
function takeOAuthSettings(command: Command): Command {
  return command
    .addOption(listOption('--grant-type <type>', 'an OAuth grant type, once for each; empty for none'))
    .addOption(listOption('--redirect-uri <uri>', 'a redirect URI, once for each; empty for none'))
    .addOption(listOption('--resource <uri>', 'a resource (RFC 8707), once for each; empty for none'))
    .addOption(
      listOption(
        '--client-key <file>',
        'a public P-256 key that the app authenticates with (PEM, JWK or JWKS), once for each; empty for none',
      ),
    )
    .addOption(
      listOption('--cors-origin <origin>', 'whose pages may call as this app, once for each; empty for none'),
    )
    .option('--refresh-rotation', 'replace a refresh token at each use, as for a new app')
    .option('--no-refresh-rotation', 'keep a refresh token that is bound to a key of its holder')
    .option('--plain-pkce', 'take PKCE without a hash, which protects less')
    .option('--no-plain-pkce', 'take PKCE with S256 alone, as for a new app')
    .option('--dpop-bound', "bind the app's tokens to a key of their holder, always (DPoP)")
    .option('--no-dpop-bound', 'bind them when the app asks for it, as for a new app')
    .option('--require-par', 'take authorization requests that were pushed before, alone (RFC 9126)')
    .option('--no-require-par', 'take them from the browser as well, as for a new app');
}

/** Which keys an app authenticates with: by their names, where they have one. */
export function nameKeys(clientKeys: unknown): unknown {
  if (!Array.isArray(clientKeys)) return clientKeys;
  return (clientKeys as Row[]).map(({ kid, x }) => kid ?? x);
}
