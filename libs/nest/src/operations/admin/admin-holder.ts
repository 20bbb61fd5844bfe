import type { IncomingMessage } from 'node:http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { AdminKeyHolder } from '../../authorities/admin-keys/index.js';
import { messageOf } from '../../pipeline/index.js';

/** Never on the request object, where a body or a query could forge it. */
const holders = new WeakMap<IncomingMessage, AdminKeyHolder>();

/** Called by the guard alone. */
export function rememberHolder(message: IncomingMessage, holder: AdminKeyHolder): void {
  holders.set(message, holder);
}

/** Throws where no guard has looked at the key. */
export function holderOf(context: ExecutionContext): AdminKeyHolder {
  const holder = holders.get(messageOf(context.switchToHttp().getRequest()));
  if (!holder)
    throw new Error(
      `${context.getClass().name}.${context.getHandler().name} asks who administers and is not guarded`,
    );
  return holder;
}

/** Whoever holds the administration key that the request came with. */
export const Holder = createParamDecorator((_: unknown, context: ExecutionContext): AdminKeyHolder =>
  holderOf(context),
);
