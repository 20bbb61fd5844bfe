import { isFilledBy } from './handler-parameters.js';
import { operationsOf, say, type DescribedDocument } from './openapi-operations.js';
import { BasicCredentials, type RouteInventory } from '../../pipeline/index.js';

/** Writes into an OpenAPI document which operations take a user's password: no layer looks at it, so no plan names it. */
export function describeSignIn(document: DescribedDocument, inventory: RouteInventory): void {
  for (const { route, operation } of operationsOf(document)) {
    const handler = inventory.handlerOf(route);
    if (!handler || !isFilledBy(BasicCredentials, handler.controller, handler.name)) continue;
    say(
      operation,
      "Takes the user's password: `X-User-Authorization: Basic …`, or `Authorization: Basic …` beside `X-Api-Key`.",
    );
  }
}
