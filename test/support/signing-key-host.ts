import type { KeyRing } from '@portcullis/nest';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import { SigningKeys, SigningKeyVault, TokenOptions } from '../../libs/nest/src/authorities/tokens/index.js';
import { SigningKeysCheck } from '../../libs/nest/src/operations/doctor/index.js';
import { newKeyRing, startOperatedHost, type OperatedHost } from '../cli/operated-host.js';
import { REGISTRY_TABLES } from './authority-node.js';
import type { OpenedDatabase, Tables } from './databases.js';

interface Seen {
  /** Another than the host's. */
  readonly keyRing?: KeyRing;
  readonly aheadSeconds?: number;
}

export interface SigningKeyHost extends OperatedHost {
  readonly keys: SigningKeys;
  /** The doctor's check, as it would be seen elsewhere or later. */
  check(seen?: Seen): SigningKeysCheck;
  stop(): Promise<void>;
}

/** A host that issues tokens of its own. */
export async function startSigningKeyHost(
  open: (tables: Tables) => Promise<OpenedDatabase>,
  algorithm: 'ES256' | 'HS256',
): Promise<SigningKeyHost> {
  const database = await open(REGISTRY_TABLES);
  const { dataSource } = database;
  const keyRing = newKeyRing();
  const tokens = { issuer: 'https://api.example.com', algorithm };
  const host = await startOperatedHost({ dataSource, options: { keyRing, tokens } });
  const keys = host.app.get(SigningKeys, { strict: false });
  return {
    ...host,
    keys,
    check({ keyRing: ring = keyRing, aheadSeconds = 0 } = {}) {
      const vault = new SigningKeyVault(ring);
      const clock = { now: () => Date.now() + aheadSeconds * 1000 };
      const { signingKeys } = typeOrmStores(dataSource);
      return new SigningKeysCheck(keys, signingKeys, vault, new TokenOptions(tokens), clock);
    },
    async stop() {
      await host.app.close();
      await database.close();
    },
  };
}
