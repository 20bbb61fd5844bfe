import { checkRefusals } from './check-refusals.js';
import { runLoad } from './run-load.js';
import { bearerRequests, type BearerOrder } from './bearer-requests.js';
import { signRequests, type SignedRequest, type SigningOrder } from './sign-requests.js';

/** The load generator's process: signs batches of requests when told to, and sends them. */

export type LoadOrder =
  | { readonly do: 'sign'; readonly batch: string; readonly order: SigningOrder }
  | { readonly do: 'bear'; readonly batch: string; readonly order: BearerOrder }
  | { readonly do: 'run'; readonly batch: string; readonly port: number }
  | { readonly do: 'check'; readonly port: number; readonly order: SigningOrder };

const batches = new Map<string, SignedRequest[]>();

async function obey(told: LoadOrder): Promise<unknown> {
  switch (told.do) {
    case 'sign':
      batches.set(told.batch, signRequests(told.order));
      return true;
    case 'bear':
      batches.set(told.batch, bearerRequests(told.order));
      return true;
    case 'run':
      return runLoad(told.port, batches.get(told.batch) ?? []);
    case 'check':
      return checkRefusals(told.port, told.order);
  }
}

process.on('message', (told: LoadOrder) => {
  obey(told).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
