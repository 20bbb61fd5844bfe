import { Injectable } from '@nestjs/common';
import {
  SecurityLayer,
  SecurityProblem,
  type Checked,
  type CallingUserFacts,
  type Facts,
  type InboundRequest,
  type Known,
  type Protection,
} from '../../pipeline/index.js';

export interface ScopesPolicy {
  readonly app: readonly string[];
  readonly user: readonly string[];
}

/** What this user through this app may do: app ∩ user ∩ user through this app ∩ granted. */
@Injectable()
export class ScopesLayer extends SecurityLayer<ScopesPolicy, Pick<Facts, 'scopes'>> {
  override readonly name = 'scopes';
  override readonly needs = ['app-key'] as const;

  override policy({ appScopes, userScopes }: Protection): ScopesPolicy {
    return { app: appScopes, user: userScopes };
  }

  override check(
    _request: InboundRequest,
    policy: ScopesPolicy,
    { app, user, credentials }: Known,
  ): Checked<Pick<Facts, 'scopes'>> {
    const ofApp = app?.scopes ?? [];
    // RFC 9449 §7.1: under the scheme under which the token came.
    const scheme = credentials.dpopToken === undefined ? 'Bearer' : 'DPoP';
    refuseMissing(policy.app, ofApp, { whose: 'app', scheme });
    const effective = user ? effectiveOf(ofApp, user) : ofApp;
    if (policy.user.length > 0) refuseMissing(policy.user, user ? effective : [], { whose: 'user', scheme });
    return { adds: { scopes: effective } };
  }
}

function effectiveOf(ofApp: readonly string[], { scopes, granted }: CallingUserFacts): readonly string[] {
  const effective: string[] = [];
  for (const scope of ofApp) if (scopes.includes(scope) && granted.includes(scope)) effective.push(scope);
  return effective;
}

function refuseMissing(
  needed: readonly string[],
  held: readonly string[],
  { whose, scheme }: { readonly whose: string; readonly scheme: string },
): void {
  if (needed.every((scope) => held.includes(scope))) return;
  const missing = needed.filter((scope) => !held.includes(scope));
  const scope = missing.join(' ');
  throw new SecurityProblem('insufficient_scope', {
    reason: `scope_denied: ${whose}`,
    members: { scope },
    // RFC 6750 §3.1. Scope tokens hold neither quotes nor backslashes (RFC 6749 §3.3); the boot refuses others.
    headers: { 'WWW-Authenticate': `${scheme} error="insufficient_scope", scope="${scope}"` },
  });
}
