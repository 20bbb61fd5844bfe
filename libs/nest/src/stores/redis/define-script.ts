import type { Redis } from 'ioredis';

/** Runs a Lua script in one round trip: keys first, then what else it is given. */
export type Script = (keys: readonly string[], values: readonly (string | number)[]) => Promise<unknown>;

type Command = (keyCount: number, ...keysAndValues: readonly (string | number)[]) => Promise<unknown>;

export function defineScript(redis: Redis, name: string, lua: string): Script {
  redis.defineCommand(name, { lua });
  const command = (redis as unknown as Record<string, Command>)[name] as Command;
  return (keys, values) => command.call(redis, keys.length, ...keys, ...values);
}
