import type { Type } from '@nestjs/common';
import type { ApplicationConfig, Reflector } from '@nestjs/core';
import { LayerGuard, ProtectGuard } from './layer.guard.js';
import { PROTECT, STRICT_REVOCATION } from './protection.decorators.js';
import type { Protection, ProtectOptions } from './protection.js';
import { APP_SCOPES, USER_SCOPES } from './scope-metadata.js';
import type { LayerName } from './layer-order.js';

export type Handler = (...args: never[]) => unknown;
type GuardClass = typeof LayerGuard;

/** Guard classes of this library on a handler: method, class and global ones. */
export function guardsOf(controller: Type, handler: Handler, config: ApplicationConfig): GuardClass[] {
  const stacked = [
    Reflect.getMetadata('__guards__', controller),
    Reflect.getMetadata('__guards__', handler),
  ].flatMap((list: unknown) => (Array.isArray(list) ? list : []));
  const global = [
    ...config.getGlobalGuards(),
    ...config.getGlobalRequestGuards().map((wrapper) => wrapper.metatype),
  ];
  return [...stacked, ...global].map(classOf).filter((guard) => guard !== undefined);
}

function classOf(guard: unknown): GuardClass | undefined {
  const type = typeof guard === 'function' ? guard : (guard as object | null)?.constructor;
  return type && type.prototype instanceof LayerGuard ? (type as GuardClass) : undefined;
}

interface Gathering {
  controller: Type;
  handler: Handler;
  guards: readonly GuardClass[];
  reflector: Reflector;
}

/** What guards and decorators demand together, or undefined when no guard of this library is there. */
export function protectionOf({ controller, handler, guards, reflector }: Gathering): Protection | undefined {
  if (guards.length === 0) return undefined;
  const named = [
    reflector.get<ProtectOptions | undefined>(PROTECT, controller),
    reflector.get<ProtectOptions | undefined>(PROTECT, handler),
  ].filter((options) => options !== undefined);
  const scopes = (key: string | symbol): string[] =>
    reflector
      .getAll<(readonly string[] | undefined)[]>(key, [controller, handler])
      .flatMap((list) => list ?? []);
  const appScopes = [...scopes(APP_SCOPES), ...named.flatMap((options) => options.app ?? [])];
  const userScopes = [
    ...scopes(USER_SCOPES),
    ...named.flatMap((options) => (Array.isArray(options.user) ? (options.user as string[]) : [])),
  ];
  const layers = new Set<LayerName>(
    guards.filter((guard) => guard !== (ProtectGuard as unknown)).map((guard) => guard.layer),
  );
  layers.add('app-key').add('scopes');
  for (const options of named) {
    if (options.signature) layers.add('request-signature');
    if (options.integrity) layers.add('app-integrity');
    if (options.user) layers.add('user');
  }
  const signatureIsDemanded =
    guards.some((guard) => guard.layer === 'request-signature') ||
    named.some((options) => options.signature === true);
  const integrity = Object.assign(
    {},
    ...named.map((options) => (typeof options.integrity === 'object' ? options.integrity : {})),
  );
  return {
    layers,
    appScopes: [...new Set(appScopes)],
    userScopes: [...new Set(userScopes)],
    signature: { optional: !signatureIsDemanded },
    integrity,
    strictRevocation:
      reflector.getAll<unknown[]>(STRICT_REVOCATION, [controller, handler]).includes(true) ||
      named.some((options) => options.revocation === 'strict'),
  };
}
