/** What of an OpenAPI document is read and added to. */
export interface DescribedDocument {
  paths: Record<string, unknown>;
  components?: { securitySchemes?: Record<string, unknown> };
}

export type Operation = Record<string, unknown> & { description?: string };

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

/** Every operation of a document, with its route as Nest writes it: `:id` where OpenAPI writes `{id}`. */
export function operationsOf({ paths }: DescribedDocument): { route: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = (item as Record<string, Operation | undefined>)[method];
      if (!operation) return [];
      return [{ route: `${method.toUpperCase()} ${path.replace(/\{([^}]+)\}/g, ':$1')}`, operation }];
    }),
  );
}

/** Adds to what an operation's description says. */
export function say(operation: Operation, text: string): void {
  operation.description = operation.description ? `${operation.description}\n\n${text}` : text;
}
