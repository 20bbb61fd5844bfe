import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock, SecurityProblem } from '@portcullis/nest';
import { TypeOrmTransactions } from '@portcullis/nest/typeorm';
import { IsNull } from 'typeorm';
import { Account } from '../accounts/ledger/account.entity.js';
import { Ledger } from '../accounts/ledger/ledger.js';
import type { FreezeOrder } from './freeze-order.js';
import { Freeze } from './freeze.entity.js';

/** Stops money on an account. Every freeze and who lifted it stays on record. */
@Injectable()
export class Freezes {
  constructor(
    private readonly transactions: TypeOrmTransactions,
    private readonly ledger: Ledger,
    private readonly clock: Clock,
  ) {}

  /** The freeze now in force: a new one, or the one that was. Throws `not_found` for no customer's account. */
  freeze(userId: string, { accountId, reason }: FreezeOrder): Promise<Freeze> {
    return this.transactions.run(async () => {
      await this.lock(accountId);
      const { manager } = this.transactions;
      const inForce = await manager.findOneBy(Freeze, { accountId, liftedAt: IsNull() });
      if (inForce) return inForce;
      const at = new Date(this.clock.now());
      const freeze: Freeze = {
        id: randomUUID(),
        accountId,
        reason: reason ?? null,
        frozenBy: userId,
        frozenAt: at,
        liftedBy: null,
        liftedAt: null,
      };
      await manager.insert(Freeze, freeze);
      await manager.update(Account, accountId, { frozen: true });
      return freeze;
    });
  }

  /** Lifting one that has been lifted changes nothing, a newer freeze of the account least. Throws `not_found`. */
  lift(userId: string, id: string): Promise<void> {
    return this.transactions.run(async () => {
      const { manager } = this.transactions;
      const known = await manager.findOneBy(Freeze, { id });
      if (!known) throw new SecurityProblem('not_found', { reason: 'freeze' });
      await this.lock(known.accountId);
      const lifted = await manager.update(
        Freeze,
        { id, liftedAt: IsNull() },
        { liftedBy: userId, liftedAt: new Date(this.clock.now()) },
      );
      if (lifted.affected === 1) await manager.update(Account, known.accountId, { frozen: false });
    });
  }

  /** The same lock as a transfer's: one that is under way ends before the freeze is answered, and none comes after. */
  private async lock(accountId: string): Promise<void> {
    const locked = await this.ledger.lock([accountId]);
    if (!locked.has(accountId)) throw new SecurityProblem('not_found', { reason: 'account' });
  }
}
