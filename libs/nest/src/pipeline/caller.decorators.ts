import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Credentials } from '@portcullis/wire';
import { callerOf } from './admission.js';
import { keptOf, messageOf } from './http-message.js';
import type { CallerFacts, CallingApp as App, CallingUser as User } from './facts.js';

function callerIn(context: ExecutionContext): CallerFacts {
  const caller = callerOf(context.switchToHttp().getRequest());
  // A public route has no caller: a handler that asks for one there is a mistake, not a guest.
  if (!caller)
    throw new Error(
      `${context.getClass().name}.${context.getHandler().name} asks for a caller and is not protected`,
    );
  return caller;
}

/** Everything the layers established about the request. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): CallerFacts =>
  callerIn(context),
);

export const CallingApp = createParamDecorator(
  (_: unknown, context: ExecutionContext): App | undefined => callerIn(context).app,
);

export const CallingUser = createParamDecorator(
  (_: unknown, context: ExecutionContext): User | undefined => callerIn(context).user,
);

export type UsernameAndPassword = NonNullable<Credentials['basic']>;

/** A username and a password that came with the request (RFC 7617), looked at by nobody yet. For who signs users in. */
export const BasicCredentials = createParamDecorator(
  (_: unknown, context: ExecutionContext): UsernameAndPassword | undefined => {
    callerIn(context);
    return keptOf(messageOf(context.switchToHttp().getRequest())).basic;
  },
);
