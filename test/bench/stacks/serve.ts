import type { Stack, StackOptions } from './stack.js';
import { answerAboutUse } from './use.js';

/** A server process: told which stack to start, asked what it has used. */

const STACKS: Record<string, () => Promise<{ start: Stack }>> = {
  plain: () => import('./plain.js'),
  floor: () => import('./floor.js'),
  'bare-nest': () => import('./bare-nest.js'),
  peer: () => import('./peer/start.js'),
  portcullis: () => import('./portcullis.js'),
};

const [, , name = '', options = '{}'] = process.argv;
const stack = await STACKS[name]?.();
if (!stack) throw new Error(`no stack is called ${name}`);
const port = await stack.start(JSON.parse(options) as StackOptions);
answerAboutUse(port);
