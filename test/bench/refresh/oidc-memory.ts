import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import { startProvider } from './oidc-provider.js';
import type { RefreshStack } from './refresh-stack.js';

/**
 * With the adapter that it brings, on a Map: its own store forgets after 1,000 entries, and with them now and then a token
 * that is still to be used.
 */
export async function start(): Promise<RefreshStack> {
  const store = new Map<string, unknown>();
  const { port, serviceSecret, mint } = await startProvider((kind) => new MemoryAdapter(kind, store));
  return {
    port,
    serviceSecret,
    mint(count) {
      // The families of before are over.
      store.clear();
      return mint(count);
    },
  };
}
