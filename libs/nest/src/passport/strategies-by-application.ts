import type { HttpAdapterHost } from '@nestjs/core';
import passport from 'passport';
import { ApplicationStrategy } from './application.strategy.js';
import type { LayerStrategy } from './layer-strategy.js';

/**
 * Passport has one table of strategies per process, in which the last of a name replaces the others: one application
 * would judge the requests of another by its own apps and users. So Passport is given one strategy per name, which looks
 * up here whose the request is.
 */
export class StrategiesByApplication {
  private readonly byName = new Map<string, LayerStrategy[]>();

  /** Called by the mixin of @nestjs/passport, as `passport.use`, when an application makes its strategy. */
  use(name: string, strategy: LayerStrategy): void {
    const known = this.byName.get(name) ?? [];
    this.byName.set(name, [...known, strategy]);
    passport.use(name, new ApplicationStrategy((request) => this.of(name, request)));
  }

  /** An application is gone. */
  forget(adapters: HttpAdapterHost): void {
    for (const [name, known] of this.byName)
      this.byName.set(
        name,
        known.filter((strategy) => strategy.adapters !== adapters),
      );
  }

  /** The strategy of the application that received an Express or a Fastify request; undefined unless there is exactly one. */
  private of(name: string, request: object): LayerStrategy | undefined {
    const { app, server } = request as { app?: unknown; server?: unknown };
    const receiver = app ?? server;
    const [found, ...others] = (this.byName.get(name) ?? []).filter(({ adapters }) =>
      isWithin(adapters.httpAdapter.getInstance(), receiver),
    );
    return others.length === 0 ? found : undefined;
  }
}

/** A plugin of Fastify is handed an instance of its own, which inherits from the one that it was registered with. */
function isWithin(application: object, receiver: unknown): boolean {
  return application === receiver || Object.prototype.isPrototypeOf.call(application, receiver as object);
}

/** Those of this process. */
export const STRATEGIES = new StrategiesByApplication();
