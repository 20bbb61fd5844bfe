import { closeClusterTemplates } from './cluster-templates.ts';
import { closeLogBook } from './log-book.ts';

/** [N14] Fails the run when any suite's log holds a secret of any suite. */
export default function searchLogs(): void {
  closeClusterTemplates();
  const { lines, secrets, leaks } = closeLogBook();
  process.stdout.write(`${lines} log lines hold none of ${secrets} secrets: ${leaks.length === 0}\n`);
  if (leaks.length > 0) throw new Error(`secrets in the log:\n${leaks.join('\n')}`);
}
