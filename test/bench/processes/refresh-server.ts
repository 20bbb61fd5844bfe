import type { RefreshStackOptions } from '../refresh/refresh-stack.js';
import type { RefreshQuestion, RefreshStackName } from '../refresh/serve.js';
import { Child, SERVER_CORE } from './child.js';

/** A stack that refreshes tokens, in a process of its own. */
export class RefreshServer {
  private constructor(
    private readonly child: Child,
    readonly port: number,
  ) {}

  static async start(stack: RefreshStackName, options: RefreshStackOptions): Promise<RefreshServer> {
    const child = Child.start({
      module: '../refresh/serve.js',
      arguments: [stack, JSON.stringify(options)],
      core: SERVER_CORE,
    });
    return new RefreshServer(child, await child.next<number>());
  }

  cpuMicroseconds(): Promise<number> {
    return this.child.ask({ ask: 'cpu' } satisfies RefreshQuestion);
  }

  mint(count: number): Promise<string[]> {
    return this.child.ask({ ask: 'mint', count } satisfies RefreshQuestion);
  }

  serviceSecret(): Promise<string> {
    return this.child.ask({ ask: 'service-secret' } satisfies RefreshQuestion);
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
