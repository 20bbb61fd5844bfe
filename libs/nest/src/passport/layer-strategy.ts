import type { HttpAdapterHost } from '@nestjs/core';
import type passport from 'passport';
import type { CallerFacts } from '../pipeline/index.js';

/**
 * What a strategy is told with: Passport gives these to a copy of it that it makes for one request. `fail` asks the next
 * strategy of the list, `error` ends the list.
 */
export type StrategyActions = Pick<passport.StrategyCreatedStatic, 'success' | 'fail' | 'error'>;

/** A strategy over one layer of one application. */
export interface LayerStrategy {
  readonly adapters: HttpAdapterHost;
  authenticate(this: StrategyActions, request: object, options?: object): void;
  validate(request: object): Promise<CallerFacts>;
}
