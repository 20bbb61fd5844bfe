import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { SecurityProblem } from '@portcullis/nest';

type AdapterRequest = Pick<IncomingMessage, 'rawHeaders'> & {
  readonly raw?: Pick<IncomingMessage, 'rawHeaders'>;
};

/** The key among header names and values as they were received. Throws `malformed_request`. */
export function idempotencyKeyIn(rawHeaders: readonly string[]): string | undefined {
  const keys = rawHeaders.filter(
    (_, at) => at % 2 === 1 && /^idempotency-key$/i.test(rawHeaders[at - 1] ?? ''),
  );
  if (keys.length === 0) return undefined;
  const [key = ''] = keys;
  // Node joins a repeated header with a comma, which would make a third key out of two.
  if (keys.length > 1 || !/^[\x20-\x7e]{1,255}$/.test(key)) {
    throw new SecurityProblem('malformed_request', {
      reason: 'idempotency_key',
      detail: 'Idempotency-Key is one header of 1 to 255 printable ASCII characters.',
    });
  }
  return key;
}

/** The request's `Idempotency-Key`, or undefined when it has none. */
export const IdempotencyKey = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => {
    const request = context.switchToHttp().getRequest<AdapterRequest>();
    return idempotencyKeyIn((request.raw ?? request).rawHeaders);
  },
);
