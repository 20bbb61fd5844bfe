import { z } from 'zod';
import { schemaOf } from './handler-parameters.js';
import { operationsOf, type DescribedDocument } from './openapi-operations.js';
import type { RouteInventory } from '../../pipeline/index.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
}

/** Writes the parameters of queries into an OpenAPI document, from the very schemas that validate them. */
export function describeQueries(document: DescribedDocument, inventory: RouteInventory): void {
  for (const { route, operation } of operationsOf(document)) {
    const handler = inventory.handlerOf(route);
    const schema = handler && schemaOf('query', handler.controller, handler.name);
    if (!schema) continue;
    const read = parametersOf(schema);
    const declared = (operation['parameters'] ?? []) as readonly Parameter[];
    // No two may have one name, and what validates is what is true.
    const isRead = (one: Parameter) => one.in === 'query' && read.some(({ name }) => name === one.name);
    operation['parameters'] = [...declared.filter((one) => !isRead(one)), ...read];
  }
}

function parametersOf(schema: z.ZodType): Parameter[] {
  // What a caller may leave out is not required, hence the input side.
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...shape } = typeof property === 'object' ? property : {};
    return {
      name,
      in: 'query',
      required: required.includes(name),
      ...(description !== undefined && { description }),
      schema: shape,
    };
  });
}
