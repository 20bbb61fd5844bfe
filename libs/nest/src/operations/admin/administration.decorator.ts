import { applyDecorators, Controller, UseGuards, UseInterceptors } from '@nestjs/common';
import { adminScopeOf } from '../../authorities/admin-keys/index.js';
import { ProtectedElsewhere } from '../../pipeline/index.js';
import { ActingAdminInterceptor } from './acting-admin.interceptor.js';
import { AdminKeyGuard } from './admin-key.guard.js';

/**
 * A controller of the administration interface, under `/admin`, behind the administration key; what it does is recorded
 * as done by the key's holder. Throws where an operation names no `@AdminScope(…)`.
 */
export function Administration(path: string): ClassDecorator {
  return applyDecorators(
    refuseWithoutScope,
    Controller(`admin/${path}`),
    UseGuards(AdminKeyGuard),
    UseInterceptors(ActingAdminInterceptor),
    ProtectedElsewhere('the administration key'),
  );
}

/** Methods are decorated before their class: what is missing here is missing for good. */
function refuseWithoutScope(controller: { readonly name: string; readonly prototype: object }): void {
  for (const name of methodsOf(controller.prototype)) {
    const handler = (controller.prototype as Record<string, object>)[name];
    if (typeof handler !== 'function' || !Reflect.hasMetadata('method', handler)) continue;
    if (adminScopeOf(handler) === undefined)
      throw new TypeError(
        `${controller.name}.${name}: an operation of the administration names its @AdminScope`,
      );
  }
}

function methodsOf(prototype: object): string[] {
  const parent = Object.getPrototypeOf(prototype) as object;
  const own = Object.getOwnPropertyNames(prototype).filter((name) => {
    // A getter is no handler, and may throw on a prototype.
    return typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === 'function';
  });
  return parent === Object.prototype ? own : [...own, ...methodsOf(parent)];
}
