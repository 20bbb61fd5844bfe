import { NODES, type Cluster } from './cluster.js';
import { headersOf, revoke, WATCHED_PATH, type Credential } from './credential.js';

/** Beyond which no node may accept what was revoked: `staleAfterSeconds`, as it is by default. */
const BOUND_MS = 60_000;

export async function isAdmitted(cluster: Cluster, node: number, credential: Credential): Promise<boolean> {
  const headers = headersOf(credential);
  const { status, code } = await cluster.ask(node, { method: 'GET', path: WATCHED_PATH, headers });
  if (status === 200) return true;
  if (status === 401 && code === 'user_token_invalid') return false;
  throw new Error(`a user is answered ${status} ${String(code)}`);
}

/**
 * Every node is asked without a pause, with a credential that all of them have admitted. Milliseconds from the answer to the
 * revocation until the last of them has answered that it refuses; the way of that answer is in it.
 */
export async function timeRevocation(
  cluster: Cluster,
  credential: Credential,
  turn: number,
): Promise<number> {
  let admittedBy = 0;
  let everybodyAdmits: () => void = () => undefined;
  const admitted = new Promise<void>((resolve) => (everybodyAdmits = resolve));
  let answeredAt = Infinity;
  const watch = async (node: number): Promise<number> => {
    for (let asked = 0; ; asked++) {
      const sentAt = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- without a pause, one after the other
      if (!(await isAdmitted(cluster, node, credential))) return performance.now();
      if (sentAt > answeredAt + BOUND_MS) throw new Error('a node admits what was revoked before the bound');
      if (asked === 0 && ++admittedBy === NODES.length) everybodyAdmits();
    }
  };
  const watches = Promise.all(NODES.map(watch));
  await Promise.race([admitted, watches]);
  await revoke(cluster, credential, turn);
  answeredAt = performance.now();
  const refusedAt = await watches;
  return Math.max(0, Math.max(...refusedAt) - answeredAt);
}
