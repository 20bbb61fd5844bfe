import { openClusterTemplates } from './cluster-templates.ts';
import { openLogBook } from './log-book.ts';

/** Before the workers start. A server that is named by nothing is one that is not named. */
export default function prepare(): void {
  for (const name of ['DATABASE_URL', 'REDIS_URL']) if (process.env[name] === '') delete process.env[name];
  openLogBook();
  openClusterTemplates();
}
