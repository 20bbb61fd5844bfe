import { SecurityProblem, temporarilyUnavailable } from '../../pipeline/index.js';

/**
 * What a host's `UserAccounts` answers. Throws `temporarily_unavailable` for whatever they throw: who cannot know whether a
 * password is right must not say that it is wrong.
 */
export async function askAccounts<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof SecurityProblem) throw error;
    // The class alone: a message may quote what must not be logged.
    throw temporarilyUnavailable(`accounts: ${error instanceof Error ? error.name : typeof error}`);
  }
}
