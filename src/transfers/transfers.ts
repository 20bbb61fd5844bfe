import { Injectable } from '@nestjs/common';
import { SecurityProblem, validationFailed } from '@portcullis/nest';
import { TypeOrmTransactions } from '@portcullis/nest/typeorm';
import { Account } from '../accounts/ledger/account.entity.js';
import { Ledger } from '../accounts/ledger/ledger.js';
import { Transfer } from '../accounts/ledger/transfer.entity.js';
import { assessOrder } from './assess-order.js';
import { fingerprintOf, type TransferOrder } from './transfer-order.js';

export interface OrderedTransfer {
  /** Who orders it. */
  readonly userId: string;
  readonly order: TransferOrder;
  readonly idempotencyKey?: string | undefined;
}

/** Moves customers' money, each order once. Every call throws `temporarily_unavailable` when the database is away. */
@Injectable()
export class Transfers {
  constructor(
    private readonly transactions: TypeOrmTransactions,
    private readonly ledger: Ledger,
  ) {}

  /**
   * Moves the money, or finds the transfer that the same key has already made. Throws `not_found` when `from` is not
   * the caller's, `validation_failed` when the transfer cannot be made, `idempotency_conflict` while an order with the
   * key is running, `idempotency_mismatch` when the key made another one. What is refused leaves nothing behind, so
   * that its key can be used again.
   */
  make({ userId, order, idempotencyKey }: OrderedTransfer): Promise<Transfer> {
    return this.transactions.run(async () => {
      const requestFingerprint = fingerprintOf(order);
      if (idempotencyKey === undefined) return this.move({ ...order, userId });
      await this.claimKey(userId, idempotencyKey);
      // A statement of its own, after the lock: only so does it see what the lock's last holder committed.
      const made = await this.transactions.manager.findOneBy(Transfer, { userId, idempotencyKey });
      if (!made) return this.move({ ...order, userId, idempotencyKey, requestFingerprint });
      if (made.requestFingerprint === requestFingerprint) return made;
      throw new SecurityProblem('idempotency_mismatch', { reason: 'other_order' });
    });
  }

  /** Throws `not_found` for everybody but the owners of the two accounts. */
  find(userId: string, id: string): Promise<Transfer> {
    return this.transactions.run(async () => {
      const { manager } = this.transactions;
      const transfer = await manager.findOneBy(Transfer, { id });
      const owned =
        transfer &&
        (await manager.existsBy(Account, [
          { id: transfer.from, userId },
          { id: transfer.to, userId },
        ]));
      if (!owned) throw new SecurityProblem('not_found', { reason: 'transfer_not_owned' });
      return transfer;
    });
  }

  /** Until the transaction ends nobody else works under this key. A user's id has one length: no two pairs look alike. */
  private async claimKey(userId: string, key: string): Promise<void> {
    const [row] = await this.transactions.rows<{ claimed: boolean }>(
      'SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS claimed',
      [`bank_transfers ${userId} ${key}`],
    );
    if (row?.claimed) return;
    throw new SecurityProblem('idempotency_conflict', { reason: 'running', headers: { 'Retry-After': '1' } });
  }

  private async move(
    movement: TransferOrder & Pick<Transfer, 'userId'> & Partial<Transfer>,
  ): Promise<Transfer> {
    const accounts = await this.ledger.lock([movement.from, movement.to]);
    const from = accounts.get(movement.from);
    if (from?.userId !== movement.userId) {
      throw new SecurityProblem('not_found', { reason: 'account_not_owned' });
    }
    const errors = assessOrder(movement, from, accounts.get(movement.to));
    if (Object.keys(errors).length > 0) throw validationFailed(errors);
    return this.ledger.move(movement);
  }
}
