import type { Abstract, InjectionToken, Provider, Type } from '@nestjs/common';
import { PortcullisOptions } from '../portcullis.options.js';

type Token<T> = Type<T> | Abstract<T>;

/** What is known once the options are; further parts are handed over in the order in which they are named. */
export function from<T>(
  token: Token<T> | symbol,
  make: (options: PortcullisOptions, ...parts: never[]) => T,
  ...parts: InjectionToken[]
): Provider {
  return { provide: token, useFactory: make, inject: [PortcullisOptions, ...parts] };
}
