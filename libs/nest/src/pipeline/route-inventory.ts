import { Injectable } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

interface ExpressLayer {
  readonly route?: {
    readonly path: string | RegExp | (string | RegExp)[];
    readonly methods: Readonly<Record<string, boolean>>;
  };
}

/** The method of a controller class that serves a route. */
export interface ControllerHandler {
  readonly controller: object;
  readonly name: string;
}

/**
 * Which routes exist. Controllers are known from Nest; routes that somebody added to the adapter directly are found
 * through it, for no guard ever runs on them.
 */
@Injectable()
export class RouteInventory {
  /** Whether the bytes of bodies are kept on this application. */
  keepsBodies = false;
  private readonly ofControllers = new Map<string, ControllerHandler>();
  private readonly seen = new Set<string>();

  /** Called by the Fastify adapter's `onRoute`. */
  see(route: string): void {
    this.seen.add(normalise(route));
  }

  addController(routes: readonly string[], handler: ControllerHandler): void {
    for (const route of routes) this.ofControllers.set(normalise(route), handler);
  }

  handlerOf(route: string): ControllerHandler | undefined {
    return this.ofControllers.get(normalise(route));
  }

  /** Routes of the adapter that belong to no controller. */
  directRoutes(adapter: AbstractHttpAdapter): string[] {
    const all =
      adapter.getType() === 'express' ? expressRoutes(adapter.getInstance() as unknown) : [...this.seen];
    return [...new Set(all.map(normalise))].filter((route) => !this.isOfController(route));
  }

  private isOfController(route: string): boolean {
    const path = route.slice(route.indexOf(' ') + 1);
    return this.ofControllers.has(route) || this.ofControllers.has(`ALL ${path}`);
  }
}

/** One spelling. A HEAD route is the handler of its GET. */
function normalise(spelled: string): string {
  const route = spelled.replace(/^HEAD /, 'GET ');
  return route.length > 1 ? route.replace(/\/+$/, '').replace(/ $/, ' /') : route;
}

function expressRoutes(instance: unknown): string[] {
  const stack = (instance as { router?: { stack?: readonly ExpressLayer[] } }).router?.stack ?? [];
  return stack.flatMap(({ route }) => {
    if (!route) return [];
    const methods = Object.keys(route.methods).map((method) =>
      method === '_all' ? 'ALL' : method.toUpperCase(),
    );
    return [route.path].flat().flatMap((path) => methods.map((method) => `${method} ${String(path)}`));
  });
}
