import type { Command } from 'commander';
import { AdminApi } from './admin-api.js';
import { adminKey } from './admin-key.js';
import { Output } from './output.js';
import { serverAddress } from './server-address.js';
import type { Terminal } from './terminal.js';

/** What every command works with. */
export interface Workplace {
  readonly api: AdminApi;
  readonly output: Output;
  readonly terminal: Terminal;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly url: string;
  readonly keyFile?: string;
  readonly insecureHttp?: boolean;
  readonly timeout: number;
}

export type OpenWorkplace = (command: Command) => Promise<Workplace>;

/** Throws UsageMistake when there is no key or no address to work with. */
export function workplaces(terminal: Terminal): OpenWorkplace {
  return async (command) => {
    const { url, keyFile, insecureHttp, timeout } = command.optsWithGlobals<GlobalOptions>();
    const address = serverAddress(url, { insecureHttp: insecureHttp === true });
    const key = await adminKey(keyFile, terminal);
    return {
      api: new AdminApi({ address, key, timeoutMs: timeout * 1000 }),
      output: new Output(terminal),
      terminal,
    };
  };
}
