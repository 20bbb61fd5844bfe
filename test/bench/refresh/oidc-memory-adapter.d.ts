declare module 'oidc-provider/lib/adapters/memory_adapter.js' {
  import type { Adapter, AdapterPayload } from 'oidc-provider';

  export interface MemoryAdapterStore {
    get(key: string): unknown;
    set(key: string, value: unknown): unknown;
    delete(key: string): boolean;
  }

  export default class MemoryAdapter implements Adapter {
    constructor(kind: string, store: MemoryAdapterStore);
    upsert(id: string, payload: AdapterPayload, expiresInSeconds: number): Promise<void>;
    find(id: string): Promise<AdapterPayload | undefined>;
    findByUid(uid: string): Promise<AdapterPayload | undefined>;
    findByUserCode(userCode: string): Promise<AdapterPayload | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }
}
