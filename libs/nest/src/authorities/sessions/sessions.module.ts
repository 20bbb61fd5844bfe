import { Module } from '@nestjs/common';
import { SessionKeys } from '../../layers/user/index.js';
import { NoSessions } from './no-sessions.js';
import { SessionsController } from './sessions.controller.js';

/** `POST /sessions` and what a user may do with their own sessions, for an application whose sessions are in a database. */
@Module({ controllers: [SessionsController] })
export class SessionsModule {
  /** Throws where `PortcullisModule` has no `stores`. */
  constructor(keys: SessionKeys) {
    if (keys instanceof NoSessions)
      throw new TypeError('SessionsModule: sessions are kept in the stores, and PortcullisModule has none');
  }
}
