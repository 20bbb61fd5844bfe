import { METHODS } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

interface ExpressLayer {
  /** Where it is mounted; older versions of Express 5 keep no text of that, but whether it is `/`. */
  readonly rawPath?: string | RegExp | (string | RegExp)[];
  readonly slash?: boolean;
  readonly name?: string;
  readonly handle?: { readonly stack?: readonly ExpressLayer[] };
  readonly route?: {
    readonly path: string | RegExp | (string | RegExp)[];
    readonly methods: Readonly<Record<string, boolean>>;
    readonly stack?: readonly { readonly handle: unknown }[];
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
  /** Whether `usePortcullis` was called: the bytes of bodies are kept, and Fastify tells of its routes. */
  isInstalled = false;
  /** Routes that nobody guards, once the application has bootstrapped. */
  unguarded: readonly string[] = [];
  private readonly ofControllers = new Map<string, ControllerHandler>();
  private readonly seen = new Set<string>();
  /** Nest's answers to what is no route. With a global prefix Express has them as routes of every method. */
  private readonly notFound = new Set<unknown>();
  private patterns: readonly { readonly method: string; readonly pattern: RegExp }[] | undefined;

  /** Called by the Fastify adapter's `onRoute`. */
  see(route: string): void {
    this.seen.add(normalise(route));
  }

  /** Before the application hands the adapter its answer to what is no route. */
  watchNotFound(adapter: AbstractHttpAdapter): void {
    const original = adapter.setNotFoundHandler?.bind(adapter);
    if (!original) return;
    adapter.setNotFoundHandler = (handler, ...rest) => {
      this.notFound.add(handler);
      return original(handler, ...rest) as unknown;
    };
  }

  addController(routes: readonly string[], handler: ControllerHandler): void {
    for (const route of routes) this.ofControllers.set(normalise(route), handler);
  }

  handlerOf(route: string): ControllerHandler | undefined {
    return this.ofControllers.get(normalise(route));
  }

  /** Methods of the controllers' routes at a path, given as it was requested; none when there is no such path. */
  methodsAt(target: string): string[] {
    const path = target.split('?', 1)[0]?.replace(/(?<=.)\/+$/, '') ?? '';
    this.patterns ??= [...this.ofControllers.keys()].map(patternOf);
    return this.patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
  }

  /** Routes of the adapter that belong to no controller. */
  directRoutes(adapter: AbstractHttpAdapter): string[] {
    const all =
      adapter.getType() === 'express' ? this.expressRoutes(adapter.getInstance() as unknown) : [...this.seen];
    return [...new Set(all.map(normalise))].filter((route) => !this.isOfController(route));
  }

  private expressRoutes(instance: unknown): string[] {
    const { router } = instance as { router?: { stack?: readonly ExpressLayer[] } };
    return this.routesOfStack(router?.stack ?? [], '');
  }

  private routesOfStack(stack: readonly ExpressLayer[], mount: string): string[] {
    return stack.flatMap(({ route, ...layer }) => {
      if (!route) return mountsOf(layer).flatMap((path) => this.routesOfMounted(layer, mount + path));
      if (route.stack?.every(({ handle }) => this.notFound.has(handle))) return [];
      const methods = methodsOf(route.methods);
      return [route.path]
        .flat()
        .flatMap((path) => methods.map((method) => `${method} ${mount}${String(path)}`));
    });
  }

  /** A router that somebody mounted answers without any guard, and so does a whole application, whose routes are hidden. */
  private routesOfMounted({ name, handle }: ExpressLayer, mountedAt: string): string[] {
    if (name === 'mounted_app') return [`USE ${mountedAt || '/'}`];
    return handle?.stack ? this.routesOfStack(handle.stack, mountedAt) : [];
  }

  private isOfController(route: string): boolean {
    const path = route.slice(route.indexOf(' ') + 1);
    return this.ofControllers.has(route) || this.ofControllers.has(`ALL ${path}`);
  }
}

/** `:id` stands for one segment of a path. */
function patternOf(route: string): { method: string; pattern: RegExp } {
  const [method = '', path = ''] = route.split(' ');
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z0-9_]+/g, '[^/]+');
  return { method, pattern: new RegExp(`^${escaped}$`) };
}

/** One spelling. A HEAD route is the handler of its GET. */
function normalise(spelled: string): string {
  const route = spelled.replace(/^HEAD /, 'GET ');
  return route.length > 1 ? route.replace(/\/+$/, '').replace(/ $/, ' /') : route;
}

/** Stands for a mount point of which nothing is known. */
const UNKNOWN_MOUNT = '/<mount>';

function mountsOf({ rawPath, slash }: ExpressLayer): string[] {
  if (slash === true) return [''];
  return rawPath === undefined ? [UNKNOWN_MOUNT] : [rawPath].flat().map(String);
}

/** An application's `all` makes a route of every method there is, a router's makes one that is called `_all`. */
function methodsOf(methods: Readonly<Record<string, boolean>>): string[] {
  const names = Object.keys(methods);
  if (names.includes('_all') || names.length >= METHODS.length) return ['ALL'];
  return names.map((method) => method.toUpperCase());
}
