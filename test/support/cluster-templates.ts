import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const FOLDER = 'PORTCULLIS_TEST_CLUSTERS';

/** Before the first suite: one folder for the databases that all of them copy. */
export function openClusterTemplates(): void {
  process.env[FOLDER] = mkdtempSync(join(tmpdir(), 'portcullis-clusters-'));
}

export function clusterTemplates(): string {
  return process.env[FOLDER] as string;
}

/** After the last suite. */
export function closeClusterTemplates(): void {
  rmSync(clusterTemplates(), { recursive: true });
}
