import { randomUUID } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { lock as guard } from 'proper-lockfile';

import { DataFolderInUse } from './data-folder-in-use.js';
import { currentProcess, livenessOf, type Liveness, type ProcessIdentity } from './process-identity.js';

const BEAT_MS = 1_000;
/** Long enough for a holder that is busy in one statement and cannot beat meanwhile. */
const SILENCE_MS = 10_000;
const WATCH_MS = 250;
const GUARD = { stale: 2_000, retries: { retries: 40, factor: 1, minTimeout: 100 }, realpath: false };

interface Found {
  readonly text: string;
  readonly beat: number;
}

/**
 * Keeps a data folder to one owner. The lock names the owning process, so a killed owner is recognised at
 * once; only an owner that cannot be looked up (another container) is watched for a sign of life instead.
 */
export class FolderLock {
  readonly #path: string;
  readonly #text: string;
  #heart: NodeJS.Timeout | undefined;

  private constructor(private readonly folder: string) {
    this.#path = join(folder, 'in-use.json');
    this.#text = JSON.stringify({ ...currentProcess(), token: randomUUID() });
  }

  /** `onLost` is told when the lock turns out to be no longer ours: writing on would do damage. */
  static async acquire(folder: string, onLost: (reason: Error) => void): Promise<FolderLock> {
    mkdirSync(folder, { recursive: true });
    const lock = new FolderLock(folder);
    while (!lock.#create()) {
      const found = lock.#find();
      // oxlint-disable-next-line no-await-in-loop -- one holder is judged at a time
      if (found) await lock.#displace(found);
    }
    lock.#heart = setInterval(() => lock.#beat(onLost), BEAT_MS).unref();
    return lock;
  }

  release(): void {
    clearInterval(this.#heart);
    if (this.#find()?.text === this.#text) unlinkSync(this.#path);
  }

  /** A link appears with its content or not at all; a half-written lock could not be judged. */
  #create(): boolean {
    const draft = `${this.#path}.${randomUUID()}`;
    try {
      writeFileSync(draft, this.#text);
      linkSync(draft, this.#path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    } finally {
      rmSync(draft, { force: true });
    }
  }

  #find(): Found | undefined {
    try {
      return { text: readFileSync(this.#path, 'utf8'), beat: statSync(this.#path).mtimeMs };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return undefined;
    }
  }

  async #displace(found: Found): Promise<void> {
    const liveness = livenessIn(found.text);
    if (liveness === 'alive') throw new DataFolderInUse(this.folder);
    if (liveness === 'unknown') await this.#watch(found);
    // Two starters may both have found the dead one; without the guard the slower would remove the faster's.
    const leave = await guard(this.folder, { ...GUARD, lockfilePath: join(this.folder, 'takeover.lock') });
    try {
      if (this.#find()?.text === found.text) unlinkSync(this.#path);
    } finally {
      await leave();
    }
  }

  async #watch(found: Found): Promise<void> {
    const until = performance.now() + SILENCE_MS;
    while (performance.now() < until) {
      // oxlint-disable-next-line no-await-in-loop -- watching is waiting
      await sleep(WATCH_MS);
      const now = this.#find();
      if (now?.text !== found.text) return;
      if (now.beat !== found.beat) throw new DataFolderInUse(this.folder);
    }
  }

  #beat(onLost: (reason: Error) => void): void {
    try {
      if (this.#find()?.text !== this.#text) throw new DataFolderInUse(this.folder);
      const now = new Date();
      utimesSync(this.#path, now, now);
    } catch (error) {
      clearInterval(this.#heart);
      onLost(error as Error);
    }
  }
}

function livenessIn(text: string): Liveness {
  try {
    return livenessOf(JSON.parse(text) as ProcessIdentity);
  } catch {
    return 'unknown';
  }
}
