import type passport from 'passport';
import { SecurityProblem, temporarilyUnavailable } from '../pipeline/index.js';
import type { LayerStrategy, StrategyActions } from './layer-strategy.js';

const MISSING: readonly string[] = [
  'app_key_missing',
  'signature_missing',
  'integrity_token_missing',
  'user_token_missing',
];

/**
 * What stands in Passport under one name. A credential that is not there is a failure: the next strategy of the host's
 * list is asked. One that is there and wrong is an error, and so is not knowing: neither falls through to a strategy that
 * asks for less.
 */
export class ApplicationStrategy implements passport.Strategy {
  constructor(readonly strategyOf: (request: object) => LayerStrategy | undefined) {}

  authenticate(this: passport.StrategyCreated<this>, request: object, options?: object): void {
    const strategy = this.strategyOf(request);
    if (!strategy) return this.error(temporarilyUnavailable('no application has this strategy'));
    const actions: StrategyActions = {
      success: (user, info) => this.success(user, info),
      fail: (challenge, status) => this.fail(challenge, status),
      error: (problem) => (isMissing(problem) ? this.fail(problem) : this.error(problem)),
    };
    const asked = Object.assign(Object.create(strategy) as LayerStrategy & StrategyActions, actions);
    asked.authenticate(request, options);
  }
}

function isMissing(problem: unknown): problem is SecurityProblem {
  return problem instanceof SecurityProblem && MISSING.includes(problem.code);
}
