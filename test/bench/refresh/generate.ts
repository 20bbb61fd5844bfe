import { checkRefresh } from './check-refresh.js';
import { runRefreshes, type RefreshRun } from './refresh-load.js';

/** The process that sends refreshes when told to. */

export type RefreshLoadOrder =
  | ({ readonly do: 'run' } & RefreshRun)
  | { readonly do: 'check'; readonly port: number; readonly refreshToken: string };

async function obey(told: RefreshLoadOrder): Promise<unknown> {
  if (told.do === 'run') return runRefreshes(told);
  await checkRefresh(told.port, told.refreshToken);
  return true;
}

process.on('message', (told: RefreshLoadOrder) => {
  obey(told).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
