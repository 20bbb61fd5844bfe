import type { Type } from '@nestjs/common';
import { z } from 'zod';
import { schemaOf } from './handler-parameters.js';
import { operationsOf, type DescribedDocument } from './openapi-operations.js';
import { formOf, type RouteInventory } from '../../pipeline/index.js';

/** Writes the shapes of bodies into an OpenAPI document, from the very schemas that validate them. */
export function describeBodies(document: DescribedDocument, inventory: RouteInventory): void {
  for (const { route, operation } of operationsOf(document)) {
    const handler = inventory.handlerOf(route);
    const body = handler && bodyOf(handler.controller, handler.name);
    if (!body) continue;
    const { schema, mediaType } = body;
    // What a caller may leave out is not required, hence the input side.
    const { $schema: _, ...shape } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    operation['requestBody'] = {
      required: !schema.safeParse({}).success,
      content: { [mediaType]: { schema: shape } },
    };
  }
}

function bodyOf(controller: object, name: string): { schema: z.ZodType; mediaType: string } | undefined {
  const form = formOf(((controller as Type).prototype as Record<string, object>)[name] as object);
  if (form) return { schema: form, mediaType: 'application/x-www-form-urlencoded' };
  const schema = schemaOf('body', controller, name);
  return schema && { schema, mediaType: 'application/json' };
}
