import { checkRefresh } from './check-refresh.js';
import { checkService, runService, type ServiceRun } from './service-load.js';
import { runRefreshes, type RefreshRun } from './refresh-load.js';

/** The process that sends refreshes when told to. */

export type RefreshLoadOrder =
  | ({ readonly do: 'run' } & RefreshRun)
  | ({ readonly do: 'run-service' } & ServiceRun)
  | ({ readonly do: 'check-service' } & ServiceRun)
  | { readonly do: 'check'; readonly port: number; readonly refreshToken: string };

async function obey(told: RefreshLoadOrder): Promise<unknown> {
  if (told.do === 'run') return runRefreshes(told);
  if (told.do === 'run-service') return runService(told);
  if (told.do === 'check-service') await checkService(told);
  else await checkRefresh(told.port, told.refreshToken);
  return true;
}

process.on('message', (told: RefreshLoadOrder) => {
  obey(told).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
