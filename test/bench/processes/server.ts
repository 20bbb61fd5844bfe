import type { MemoryUsed } from '../stacks/use.js';
import type { StackOptions } from '../stacks/stack.js';
import { Child, SERVER_CORE } from './child.js';

export interface ServerOrder {
  readonly stack: 'plain' | 'floor' | 'bare-nest' | 'peer' | 'portcullis';
  readonly options: StackOptions;
  readonly nodeOptions?: readonly string[];
}

/** A stack in a process of its own. */
export class Server {
  private constructor(
    private readonly child: Child,
    readonly port: number,
  ) {}

  static async start({ stack, options, nodeOptions = [] }: ServerOrder): Promise<Server> {
    const child = Child.start({
      module: '../stacks/serve.js',
      arguments: [stack, JSON.stringify(options)],
      nodeOptions,
      core: SERVER_CORE,
    });
    return new Server(child, await child.next<number>());
  }

  /** CPU that the process has used, all its threads together. */
  cpuMicroseconds(): Promise<number> {
    return this.child.ask('cpu');
  }

  /** After a collection, when node was started with --expose-gc. */
  memory(): Promise<MemoryUsed> {
    return this.child.ask('memory');
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
