import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

const FORM = Symbol('portcullis:form');

/** Says what a handler takes as a form, where no validation pipe says it; for the documentation alone. */
export function TakesForm(schema: z.ZodType): MethodDecorator {
  return SetMetadata(FORM, schema);
}

export function formOf(handler: object): z.ZodType | undefined {
  return Reflect.getMetadata(FORM, handler) as z.ZodType | undefined;
}
