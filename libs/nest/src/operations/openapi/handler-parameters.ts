import type { z } from 'zod';
import { ZodValidationPipe } from '../../pipeline/index.js';

/** Nest's metadata key of a handler's parameters, and the kinds that take the body and the query (`RouteParamtypes`). */
const PARAMETERS = '__routeArguments__';
const KINDS = { body: 3, query: 4 } as const;

interface HandlerParameter {
  /** The one member that it takes; undefined where it takes the whole. */
  readonly data: unknown;
  readonly pipes: readonly unknown[];
  /** Of a decorator that `createParamDecorator` has made. */
  readonly factory?: unknown;
}

/** The schema that validates a handler's whole body, or its whole query. */
export function schemaOf(kind: keyof typeof KINDS, controller: object, name: string): z.ZodType | undefined {
  const pipes = Object.entries(parametersOf(controller, name))
    .filter(([key, { data }]) => key.startsWith(`${KINDS[kind]}:`) && data === undefined)
    .flatMap(([, { pipes }]) => pipes);
  return pipes.find((pipe) => pipe instanceof ZodValidationPipe)?.schema;
}

/** Whether a handler has a parameter that a decorator fills which `createParamDecorator` has made. */
export function isFilledBy(decorator: () => ParameterDecorator, controller: object, name: string): boolean {
  // Nest keeps no decorator, only what it fills a parameter with: that is read from a parameter known to have it.
  class Known {}
  decorator()(Known.prototype, 'handler', 0);
  const [known] = Object.values(parametersOf(Known, 'handler'));
  return Object.values(parametersOf(controller, name)).some(({ factory }) => factory === known?.factory);
}

function parametersOf(controller: object, name: string): Record<string, HandlerParameter> {
  return (Reflect.getMetadata(PARAMETERS, controller, name) ?? {}) as Record<string, HandlerParameter>;
}
