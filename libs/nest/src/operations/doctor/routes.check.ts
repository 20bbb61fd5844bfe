import { Injectable } from '@nestjs/common';
import { PipelineOptions, RouteInventory } from '../../pipeline/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';

const NAME = 'unguarded-routes';
const SHOWN = 20;

/** Routes that answer anybody, and whether the next one would stop the start. */
@Injectable()
export class RoutesCheck implements HealthCheck {
  readonly name = NAME;

  constructor(
    private readonly options: PipelineOptions,
    private readonly inventory: RouteInventory,
  ) {}

  examine(): Finding[] {
    const { unguarded } = this.inventory;
    if (unguarded.length > 0)
      return [
        {
          name: NAME,
          status: 'fail',
          detail: `nobody guards ${listOf(unguarded)}`,
          advice:
            "Protect them, open them with @Public() or @ProtectedElsewhere('reason'), or list what is no controller's in knownRoutes; then set unguarded to 'refuse'.",
        },
      ];
    if (this.options.unguarded === 'refuse')
      return [{ name: NAME, status: 'ok', detail: 'none, and the application would not start with one' }];
    return [
      {
        name: NAME,
        status: 'warn',
        detail: `none, but one would be let through: unguarded is '${this.options.unguarded}'`,
        advice: "Set unguarded to 'refuse', or leave it out.",
      },
    ];
  }
}

function listOf(routes: readonly string[]): string {
  const shown = routes.slice(0, SHOWN).join(', ');
  return routes.length > SHOWN ? `${shown} and ${routes.length - SHOWN} more` : shown;
}
