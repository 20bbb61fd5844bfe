import { z } from 'zod';
import { operationsOf, type DescribedDocument } from './openapi-operations.js';
import { ZodValidationPipe, type RouteInventory } from '../../pipeline/index.js';

/** Nest's metadata key of a handler's parameters, and the kind of one that takes the body (`RouteParamtypes.BODY`). */
const PARAMETERS = '__routeArguments__';
const BODY = 3;

interface Parameter {
  readonly data: unknown;
  readonly pipes: readonly unknown[];
}

/** Writes the shapes of bodies into an OpenAPI document, from the very schemas that validate them. */
export function describeBodies(document: DescribedDocument, inventory: RouteInventory): void {
  for (const { route, operation } of operationsOf(document)) {
    const handler = inventory.handlerOf(route);
    const schema = handler && bodySchemaOf(handler.controller, handler.name);
    if (!schema) continue;
    // What a caller may leave out is not required, hence the input side.
    const { $schema: _, ...shape } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    operation['requestBody'] = {
      required: !schema.safeParse({}).success,
      content: { 'application/json': { schema: shape } },
    };
  }
}

function bodySchemaOf(controller: object, name: string): z.ZodType | undefined {
  const parameters = Reflect.getMetadata(PARAMETERS, controller, name) as
    Record<string, Parameter> | undefined;
  const pipes = Object.entries(parameters ?? {})
    .filter(([kind]) => kind.startsWith(`${BODY}:`))
    .flatMap(([, { pipes }]) => pipes);
  return pipes.find((pipe) => pipe instanceof ZodValidationPipe)?.schema;
}
