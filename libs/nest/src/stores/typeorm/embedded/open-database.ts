import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { PGlite } from '@electric-sql/pglite';

import { FolderLock } from './folder-lock.js';
import { type LeaseLimits, LeaseQueue } from './lease-queue.js';
import { Session } from './session.js';

const IN_MEMORY = 'memory://';

/** One running embedded server with its lock and its queue, from start to stop. */
export class OpenDatabase {
  readonly leases: LeaseQueue;

  private constructor(
    private readonly server: PGlite,
    session: Session,
    limits: LeaseLimits,
    private readonly lock?: FolderLock,
  ) {
    this.leases = new LeaseQueue(session, limits);
  }

  static async start(dataDir: string, limits: LeaseLimits): Promise<OpenDatabase> {
    if (dataDir === IN_MEMORY) {
      const server = await startServer(IN_MEMORY);
      return new OpenDatabase(server, new Session(server), limits);
    }
    let session: Session | undefined;
    let lost: Error | undefined;
    const lock = await FolderLock.acquire(dataDir, (reason) => {
      lost = reason;
      session?.fail(reason);
    });
    try {
      const server = await startServer(await preparedCluster(dataDir));
      session = new Session(server);
      if (lost) session.fail(lost);
      return new OpenDatabase(server, session, limits, lock);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.leases.close(new Error('The embedded database has been closed'));
    try {
      await this.server.close();
    } finally {
      this.lock?.release();
    }
  }
}

/** A first start that is killed half-way must not leave files that look like a database. */
async function preparedCluster(dataDir: string): Promise<string> {
  const cluster = join(dataDir, 'cluster');
  if (existsSync(cluster)) return cluster;
  const draft = join(dataDir, 'cluster.new');
  rmSync(draft, { recursive: true, force: true });
  const server = await startServer(draft);
  await server.close();
  renameSync(draft, cluster);
  return cluster;
}

async function startServer(dataDir: string): Promise<PGlite> {
  // Not relaxed: a commit is only answered once it has left this process for the operating system.
  const server = new PGlite({ dataDir, relaxedDurability: false });
  await server.waitReady;
  return server;
}
