import type { AuthorizationRequest } from '../requests/authorization-request.js';

/** Waits for a username and a password. */
export interface SignInInteraction {
  readonly step: 'sign-in';
  readonly request: AuthorizationRequest;
  /** Milliseconds since the epoch: for both steps together. */
  readonly expiresAt: number;
}

/** Waits for a decision of somebody who has signed in. */
export interface ConsentInteraction {
  readonly step: 'consent';
  readonly request: AuthorizationRequest;
  readonly expiresAt: number;
  readonly userId: string;
  /** As it was entered. */
  readonly username: string;
  /** A new password ends what was begun with the old one. */
  readonly credentialVersionHash: string;
  /** What is asked for, as the page shows it. */
  readonly scopes: readonly string[];
}

/** What a form of the authorization server stands for. */
export type Interaction = SignInInteraction | ConsentInteraction;
