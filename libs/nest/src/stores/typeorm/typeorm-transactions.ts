import { AsyncLocalStorage } from 'node:async_hooks';
import { Logger } from '@nestjs/common';
import type { DataSource, EntityManager } from 'typeorm';
import { Transactions } from '../../state/index.js';
import { orTemporarilyUnavailable } from './database-away.js';
import { TransactionUndone } from './transaction-undone.js';

type Work = () => Promise<void>;

interface Transaction {
  readonly manager: EntityManager;
  readonly beforeCommit: Work[];
  readonly afterCommit: Work[];
  /** How often somebody was given the manager, and how many statements are known to have been carried out. */
  questions: number;
  answers: number;
  /** What a call that joined threw: nothing is kept, even if the caller went on without it. */
  failure?: { readonly error: unknown };
  state: 'running' | 'over' | 'undone';
}

/**
 * Transactions of a TypeORM data source. What runs inside one finds it by its asynchronous context, so that stores need
 * not be handed anything; on the embedded database, which has one connection, that also keeps them from waiting for
 * themselves. A host's own queries inside `run` must go through `manager` or `rows` for the same reason.
 */
export class TypeOrmTransactions extends Transactions {
  private readonly logger = new Logger('Portcullis');
  private readonly context = new AsyncLocalStorage<Transaction | undefined>();

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  /** The running transaction's, or the data source's where none is running. Throws `TransactionUndone`. */
  get manager(): EntityManager {
    const { running } = this;
    if (running) running.questions++;
    return running?.manager ?? this.dataSource.manager;
  }

  /**
   * What the manager answers, as part of the running transaction or alone. Throws a `temporarily_unavailable` problem when
   * the database is away or overloaded, and what the driver throws otherwise.
   */
  async ask<T>(question: (manager: EntityManager) => Promise<T>): Promise<T> {
    try {
      return await question(this.manager);
    } catch (error) {
      throw orTemporarilyUnavailable(error);
    }
  }

  /** The rows that one statement answers. Throws as `ask` does. */
  async rows<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { running } = this;
    const answer = await this.ask((manager) => manager.query<Row[] | [Row[], number]>(sql, [...values]));
    if (running) running.answers++;
    // TypeORM answers UPDATE and DELETE with the rows and their count.
    return Array.isArray(answer[0]) ? answer[0] : (answer as Row[]);
  }

  /** Throws as `ask` does, and what the work throws. A call that joined and failed undoes the whole, even if its error was caught. */
  override async run<T>(work: () => Promise<T>): Promise<T> {
    const { running } = this;
    return running ? this.join(running, work) : this.begin(work);
  }

  /** Throws as `run` does where no transaction is running. What is registered meanwhile is done as well, after it. */
  override async beforeCommit(work: Work): Promise<void> {
    const { running } = this;
    if (running) running.beforeCommit.push(work);
    else await this.begin(work);
  }

  /** Work that fails is logged; it neither undoes what is committed nor stops what comes after it. */
  override async afterCommit(work: Work): Promise<void> {
    const { running } = this;
    if (running) running.afterCommit.push(work);
    else await this.follow(work);
  }

  /** Whether what is asked now becomes part of a transaction. Throws `TransactionUndone`. */
  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Does something on behalf of several, of whom each may be anywhere: it is part of nobody's transaction. */
  outside<T>(work: () => T): T {
    return this.context.run(undefined, work);
  }

  /**
   * A context outlives its transaction in whatever was begun inside and not awaited. After a commit none is running for
   * it; after an undoing it must stop, for what it writes would be kept alone.
   */
  private get running(): Transaction | undefined {
    const found = this.context.getStore();
    if (found?.state === 'undone') throw new TransactionUndone();
    return found?.state === 'running' ? found : undefined;
  }

  private async join<T>(running: Transaction, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      running.failure ??= { error };
      throw error;
    }
  }

  private async begin<T>(work: () => Promise<T>): Promise<T> {
    const begun: Transaction[] = [];
    try {
      const result = await this.dataSource.transaction((manager) => {
        const transaction: Transaction = {
          manager,
          beforeCommit: [],
          afterCommit: [],
          questions: 0,
          answers: 0,
          state: 'running',
        };
        begun.push(transaction);
        return this.context.run(transaction, () => this.complete(transaction, work));
      });
      // oxlint-disable-next-line no-await-in-loop -- told in the order in which it came about
      for (const news of begun[0]?.afterCommit ?? []) await this.follow(news);
      return result;
    } catch (error) {
      // The commit itself may have failed.
      for (const transaction of begun) transaction.state = 'undone';
      throw orTemporarilyUnavailable(error);
    }
  }

  private async complete<T>(transaction: Transaction, work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      throwFailureOf(transaction);
      // oxlint-disable-next-line no-await-in-loop -- in order, also what the last of them adds
      for (const last of transaction.beforeCommit) await last();
      throwFailureOf(transaction);
      // COMMIT after a failed statement undoes everything and reports no error; any other statement reports one. Not where
      // each is known to have been carried out: whoever waits for this transaction's locks would wait longer.
      if (transaction.answers !== transaction.questions) await transaction.manager.query('SELECT 1');
      transaction.state = 'over';
      return result;
    } catch (error) {
      // Before ROLLBACK is sent: a statement that came right behind it would be kept.
      transaction.state = 'undone';
      throw error;
    }
  }

  /** The class of an error and no more: a message may quote what must not be logged. */
  private async follow(work: Work): Promise<void> {
    try {
      await this.context.run(undefined, work);
    } catch (error) {
      const name = error instanceof Error ? error.constructor.name : typeof error;
      this.logger.error(`work after a commit failed: ${name}`);
    }
  }
}

function throwFailureOf({ failure }: Transaction): void {
  if (failure) throw failure.error;
}
