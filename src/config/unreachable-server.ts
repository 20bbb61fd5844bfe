import type { VariableName } from './environment.js';

const EXPECTED = {
  DATABASE_URL: 'the address of a PostgreSQL server that answers, and lets us in',
  REDIS_URL: 'the address of a Redis server that answers, and lets us in',
} satisfies Partial<Record<VariableName, string>>;

/** A server that the environment names cannot be used. Names the variable, never its value, which may hold a password. */
export class UnreachableServer extends Error {
  override readonly name = 'UnreachableServer';
  readonly code = 'SERVER_UNREACHABLE';

  constructor(variable: keyof typeof EXPECTED, cause: unknown) {
    super(`${variable}: expected ${EXPECTED[variable]} (${codeOf(cause)})`);
  }
}

/** Not the message: a driver's may carry what it was told. */
function codeOf(cause: unknown): string {
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return (
    [code, name].find((text) => typeof text === 'string' && /^\w+$/.test(text))?.toString() ?? 'no answer'
  );
}
