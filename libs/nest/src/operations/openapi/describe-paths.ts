import { operationsOf, type DescribedDocument } from './openapi-operations.js';

interface Parameter {
  readonly name: string;
  readonly in: string;
}

/** Writes in what a path holds and no handler names, such as the rest of a path that is read as a whole. */
export function describePaths(document: DescribedDocument): void {
  for (const { route, operation } of operationsOf(document)) {
    const declared = (operation['parameters'] ?? []) as readonly Parameter[];
    const inPath = (name: string) => declared.some((one) => one.in === 'path' && one.name === name);
    const missing = [...route.matchAll(/:(\w+)/g)].flatMap(([, name = '']) => (inPath(name) ? [] : [name]));
    const added = missing.map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
    operation['parameters'] = [...declared, ...added];
  }
}
