/** Nobody answered in time where Redis was said to be. Never repeats the address, which may hold a password. */
export class RedisUnreachable extends Error {
  override readonly name = 'RedisUnreachable';
  readonly code = 'REDIS_UNREACHABLE';

  constructor() {
    super('Redis does not answer');
  }
}
