import { ADMIN_SCOPES, adminScopeOf } from '../../authorities/admin-keys/index.js';
import type { RouteInventory } from '../../pipeline/index.js';
import { operationsOf, say, type DescribedDocument } from './openapi-operations.js';

const SCHEME = 'administration-key';
const ADMINISTRATION_KEY = {
  type: 'http',
  scheme: 'bearer',
  description: `Administration key. Scopes of named ones: ${ADMIN_SCOPES.map((scope) => `\`${scope}\``).join(', ')}.`,
};

/** Writes into an OpenAPI document which scope each operation of the administration interface demands of the key. */
export function describeAdministration(document: DescribedDocument, inventory: RouteInventory): void {
  for (const { route, operation } of operationsOf(document)) {
    const handler = inventory.handlerOf(route);
    const scope =
      handler && scopeOf(handler.controller as { prototype: Record<string, object> }, handler.name);
    if (scope === undefined) continue;
    const components = (document.components ??= {});
    components.securitySchemes = { ...components.securitySchemes, [SCHEME]: ADMINISTRATION_KEY };
    // OpenAPI 3.1 lets any scheme list the roles it takes.
    operation['security'] = [{ [SCHEME]: [scope] }];
    operation['x-portcullis'] = { ...(operation['x-portcullis'] as object), adminScope: scope };
    say(operation, `Administration scope: \`${scope}\`.`);
  }
}

function scopeOf({ prototype }: { prototype: Record<string, object> }, name: string): string | undefined {
  const handler = prototype[name];
  return handler && adminScopeOf(handler);
}
