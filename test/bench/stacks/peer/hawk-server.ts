import Hawk from 'hawk';
import type { App, HawkArtifacts } from './bank-request.js';

interface HawkServer {
  authenticate(
    request: {
      method: string;
      url: string;
      host: string;
      port: number;
      authorization: string;
      contentType: string;
    },
    credentialsOf: (id: string) => Promise<App | undefined>,
    options: { payload?: Buffer | string },
  ): Promise<{ credentials: App; artifacts: HawkArtifacts }>;
  header(
    credentials: App,
    artifacts: HawkArtifacts,
    options: { payload: string; contentType: string },
  ): string;
}

/** The half of the package that no typings are written for. */
export const { server: hawk } = Hawk as unknown as { server: HawkServer };
