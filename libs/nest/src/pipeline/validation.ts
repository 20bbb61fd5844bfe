import { Injectable, type PipeTransform } from '@nestjs/common';
import type { z } from 'zod';
import { SecurityProblem } from './security-problem.js';

/** One member of a request that is not as it has to be. */
export interface InvalidMember {
  /** Dotted path; empty for the body as a whole. */
  readonly path: string;
  /** What was expected. Never the value. */
  readonly message: string;
}

/** 422 that names the members, given as `{ path: what was expected }`. */
export function validationFailed(members: Readonly<Record<string, string>>): SecurityProblem {
  return problemOf(Object.entries(members).map(([path, message]) => ({ path, message })));
}

function problemOf(errors: readonly InvalidMember[]): SecurityProblem {
  return new SecurityProblem('validation_failed', { reason: 'validation_failed', members: { errors } });
}

/** Reads a body or a query by a schema: `@Body(new ZodValidationPipe(schema))`. Throws `validation_failed`. */
@Injectable()
export class ZodValidationPipe<S extends z.ZodType> implements PipeTransform<unknown, z.output<S>> {
  constructor(readonly schema: S) {}

  transform(value: unknown): z.output<S> {
    const parsed = this.schema.safeParse(value ?? {});
    if (parsed.success) return parsed.data;
    throw problemOf(
      parsed.error.issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
    );
  }
}
