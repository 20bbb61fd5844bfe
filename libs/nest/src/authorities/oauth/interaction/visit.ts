import type { InboundRequest } from '../../../pipeline/index.js';
import type { ClientApp } from '../../apps/index.js';
import type { Redirection } from '../protocol/exchange.js';
import type { InteractionForm } from './interaction-form.js';

/** A form on its way to its answer; each step leaves what it found for those after it, and for the log. */
export class Visit {
  form?: InteractionForm;
  client?: ClientApp;
  /** Once it is set, a refusal is told to the app. */
  redirection?: Redirection;
  /** What the browser's forms are bound to. */
  browser?: string;
  userId?: string;
  /** Where a token was given. */
  sessionId?: string;

  constructor(
    readonly inbound: InboundRequest,
    /** Milliseconds since the epoch. */
    readonly startedAtMs: number,
  ) {}
}

/** Once the form was opened and the app was found again. */
export type KnownVisit = Visit & Required<Pick<Visit, 'form' | 'client' | 'redirection' | 'browser'>>;
