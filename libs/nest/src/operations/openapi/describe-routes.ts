import type { INestApplicationContext } from '@nestjs/common';
import { describeAdministration } from './describe-administration.js';
import { describeBodies } from './describe-bodies.js';
import { describePaths } from './describe-paths.js';
import { describeProtection } from './describe-protection.js';
import { describeQueries } from './describe-queries.js';
import { describeSignIn } from './describe-sign-in.js';
import type { DescribedDocument } from './openapi-operations.js';
import { PlanBook, RouteInventory } from '../../pipeline/index.js';

/**
 * Writes into an OpenAPI document what each route demands and takes, from its guards and its validation: the page cannot
 * say anything else than what happens. Call it when the application has been initialised.
 */
export function describeRoutes(document: DescribedDocument, app: INestApplicationContext): void {
  const inventory = app.get(RouteInventory);
  describePaths(document);
  describeProtection(document, app.get(PlanBook));
  describeAdministration(document, inventory);
  describeSignIn(document, inventory);
  describeQueries(document, inventory);
  describeBodies(document, inventory);
}
