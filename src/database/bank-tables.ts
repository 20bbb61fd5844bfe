import { Account } from '../accounts/ledger/account.entity.js';
import { Entry } from '../accounts/ledger/entry.entity.js';
import { Transfer } from '../accounts/ledger/transfer.entity.js';
import { Freeze } from '../freezes/freeze.entity.js';
import { CreateBank1764000001000 } from './migrations/1764000001000-create-bank.js';

/** To be given to TypeORM beside the library's own, whose tables they refer to. */
export const BANK_ENTITIES = [Account, Transfer, Entry, Freeze];
export const BANK_MIGRATIONS = [CreateBank1764000001000];
