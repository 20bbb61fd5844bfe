import { Injectable } from '@nestjs/common';
import { decodeBase64Url } from '@portcullis/wire';
import { KeyRing, SealBroken } from '../../../crypto/index.js';
import { Clock } from '../../../pipeline/index.js';
import { RevokedCredentials } from '../../revocations/index.js';
import { OAuthOptions } from '../oauth.options.js';
import type { Interaction } from './interaction.js';

/** More is no text of ours: the longest holds a redirect URI, a state and scopes, and fits in a request target. */
const LONGEST_TEXT = 32_768;

/**
 * Interactions as they travel in a hidden field: nothing is kept for whoever never signs in. Sealed, so that nobody reads or
 * changes what was checked, and bound to one browser, so that nobody can have another fill in a form of theirs.
 */
@Injectable()
export class SealedInteractions {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly revoked: RevokedCredentials,
    private readonly options: OAuthOptions,
    private readonly clock: Clock,
  ) {}

  seal(interaction: Interaction, browser: string): string {
    const bytes = Buffer.from(JSON.stringify(interaction), 'utf8');
    return this.keyRing.seal(bytes, contextOf(browser)).toString('base64url');
  }

  /** Undefined when it has expired or was revoked, is of another browser, or was never sealed here: nobody learns which. */
  open(text: string, browser: string): Interaction | undefined {
    const sealed = text.length > LONGEST_TEXT ? undefined : decodeBase64Url(text);
    if (!sealed) return undefined;
    try {
      const opened = this.keyRing.open(sealed, contextOf(browser));
      const interaction = JSON.parse(opened.toString('utf8')) as Interaction;
      return this.holds(interaction) ? interaction : undefined;
    } catch (error) {
      if (error instanceof SealBroken) return undefined;
      throw error;
    }
  }

  /** What was begun with an app that is gone is not gone on with by whatever has its id now. */
  private holds(interaction: Interaction): boolean {
    const { expiresAt, request } = interaction;
    // Of whoever has not signed in yet, nothing was revoked.
    const userId = interaction.step === 'consent' ? interaction.userId : '';
    const begunAtMs = expiresAt - this.options.interactionTtlMs;
    return (
      expiresAt > this.clock.now() && !this.revoked.includes({ userId, clientId: request.appId, begunAtMs })
    );
  }
}

function contextOf(browser: string): string {
  return `oauth interaction v1 ${browser}`;
}
