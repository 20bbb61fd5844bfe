import { CreateRegistry1764000000000 } from './migrations/1764000000000-create-registry.js';
import { CreateReplayJournal1764000000100 } from './migrations/1764000000100-create-replay-journal.js';
import { CreateAudit1764000000200 } from './migrations/1764000000200-create-audit.js';
import { LetHostsKeepUsers1764000000300 } from './migrations/1764000000300-let-hosts-keep-users.js';
import { CreateTokens1764000000400 } from './migrations/1764000000400-create-tokens.js';
import { CreateAuthorizationServer1764000000500 } from './migrations/1764000000500-create-authorization-server.js';

/**
 * What makes the tables of the stores, oldest first, for a host's data source beside its own. Tables are named without
 * a schema: the connection's search path decides, for the migrations and for the stores.
 */
export const PORTCULLIS_MIGRATIONS = [
  CreateRegistry1764000000000,
  CreateReplayJournal1764000000100,
  CreateAudit1764000000200,
  LetHostsKeepUsers1764000000300,
  CreateTokens1764000000400,
  CreateAuthorizationServer1764000000500,
] as const;
