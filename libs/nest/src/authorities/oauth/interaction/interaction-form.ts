import { z } from 'zod';
import { OAuthError } from '../protocol/oauth-error.js';
import { demandParameter, readForm } from '../protocol/parameters.js';

const DECISIONS = ['sign-in', 'cancel', 'allow', 'deny'] as const;

/** What the forms of the pages post; for the documentation. */
export const interactionFormSchema = z.object({
  interaction: z.string(),
  decision: z.enum(DECISIONS),
  username: z.string().optional(),
  password: z.string().optional(),
});

export interface InteractionForm {
  readonly interaction: string;
  readonly decision: (typeof DECISIONS)[number];
  readonly username: string;
  readonly password: string;
}

/** Throws `invalid_request` for what none of our pages sends. */
export function readInteractionForm(contentType: string | undefined, body: unknown): InteractionForm {
  const form = readForm(contentType, body);
  const said = demandParameter(form, 'decision');
  const decision = DECISIONS.find((one) => one === said);
  if (!decision) throw new OAuthError('invalid_request', { reason: 'decision_unknown' });
  return {
    interaction: demandParameter(form, 'interaction'),
    decision,
    // Left empty, they are as wrong as any others, and counted as such.
    username: form.get('username') ?? '',
    password: form.get('password') ?? '',
  };
}
