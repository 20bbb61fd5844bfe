import type { RefreshStackOptions, StartRefreshStack } from './refresh-stack.js';

/** A server process: told which stack to start, then asked for tokens, and for what it has used. */

const STACKS: Record<string, () => Promise<{ start: StartRefreshStack }>> = {
  plain: () => import('./plain.js'),
  'oidc-memory': () => import('./oidc-memory.js'),
  'oidc-postgres': () => import('./oidc-postgres.js'),
  portcullis: () => import('./portcullis.js'),
};

export type RefreshStackName = 'plain' | 'oidc-memory' | 'oidc-postgres' | 'portcullis';

export type RefreshQuestion =
  { readonly ask: 'cpu' | 'service-secret' } | { readonly ask: 'mint'; readonly count: number };

const [, , name = '', options = '{}'] = process.argv;
const stack = await STACKS[name]?.();
if (!stack) throw new Error(`no stack is called ${name}`);
const { port, serviceSecret, mint } = await stack.start(JSON.parse(options) as RefreshStackOptions);

async function reply(question: RefreshQuestion): Promise<unknown> {
  if (question.ask === 'mint') return mint(question.count);
  if (question.ask === 'service-secret') return serviceSecret;
  const { user, system } = process.cpuUsage();
  return user + system;
}

process.on('message', (question: RefreshQuestion) => {
  reply(question).then(
    (answer) => process.send?.(answer),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.(port);
