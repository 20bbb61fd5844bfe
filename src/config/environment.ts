import { isIP } from 'node:net';
import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const origin = z
  .string()
  .refine((text) => /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text);
/** As it stands in a URL. */
const hostInUrl = (text: string) => (isIP(text) === 6 ? `[${text}]` : text);
const host = z
  .string()
  .refine((text) => isIP(text) !== 0 || /^[\w.-]+$/.test(text))
  .refine((text) => URL.canParse(`http://${hostInUrl(text)}`));
const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535);

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What the bank reads of the environment. */
export const environmentSchema = z.object({
  /** `production` refuses a start with secrets that were made up here, or without https. */
  NODE_ENV: z.string().default('development'),
  /** The address that the bank listens on. */
  HOST: host.default('127.0.0.1'),
  /** The port that the bank listens on. */
  PORT: port.default(3000),
  /** Which of Nest's adapters serves. */
  HTTP_ADAPTER: z.enum(['fastify', 'express']).default('fastify'),
  /** The least important lines that are logged. */
  LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  /** Folder of the embedded database, and of secrets that were made here; readable by its owner alone. */
  DATA_DIR: z.string().min(1).default('./data'),
  /** A PostgreSQL server. Not set: the embedded database in the data folder, for one process. */
  DATABASE_URL: z.url({ protocol: /^postgres(?:ql)?$/ }).optional(),
  /** What several nodes share. Not set: one process, which remembers for itself. */
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  /** The name under which the bank is known. Not set: the address that it listens on. */
  PORTCULLIS_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  /** Where callers reach it; a signature's host is compared with these. Not set: the issuer's origin. */
  PORTCULLIS_PUBLIC_ORIGINS: list.pipe(z.array(origin).min(1)).optional(),
  /** Proxies whose forwarded headers count. Not set: loopback, and none in production. */
  PORTCULLIS_TRUSTED_PROXIES: list.pipe(z.array(z.string().refine((text) => isIP(text) !== 0))).optional(),
  /** The administration's root key. Not set: made on the first start and kept in the data folder; in production it must be set. */
  PORTCULLIS_ADMIN_KEY: z
    .string()
    .regex(/^[A-Za-z0-9._~+/-]{8,512}=*$/)
    .optional(),
  /** Seals and hashes what rests in the database. Not set: made on the first start and kept in the data folder; in production it must be set. */
  PORTCULLIS_KEY_RING: z.string().min(1).optional(),
});

export type VariableName = keyof z.input<typeof environmentSchema>;

/** What a variable has to be, in words. */
export const EXPECTED: Partial<Record<VariableName, string>> = {
  HOST: 'a host name or an address',
  PORT: 'a port number, 1 to 65535',
  HTTP_ADAPTER: '"fastify" or "express"',
  LOG_LEVEL: `one of ${LOG_LEVELS.join(', ')}`,
  DATA_DIR: 'the path of a folder',
  DATABASE_URL: 'a URL postgres://user@host:port/database',
  REDIS_URL: 'a URL redis://host:port/db or rediss://…',
  PORTCULLIS_ISSUER: 'an http or https URL; https in production',
  PORTCULLIS_PUBLIC_ORIGINS: 'origins such as https://api.example.com, separated by commas',
  PORTCULLIS_TRUSTED_PROXIES: 'IP addresses, separated by commas',
  PORTCULLIS_ADMIN_KEY:
    'at least 8 characters of A-Z a-z 0-9 . _ ~ + / -; in production it must be set, to at least 32',
  PORTCULLIS_KEY_RING:
    'keys of 32 bytes in base64 or base64url, newest first, separated by commas; in production it must be set',
};

export interface Environment {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly httpAdapter: 'fastify' | 'express';
  readonly logLevel: LogLevel;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly issuer: string;
  readonly publicOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  /** Undefined: made on the first start and kept in the data folder, outside production. */
  readonly adminKey: string | undefined;
  readonly keyRing: string | undefined;
}

/** A value of the environment is wrong. Names it and what was expected; never repeats the value. */
export class InvalidEnvironment extends Error {
  constructor(names: readonly VariableName[]) {
    super(names.map((name) => `${name}: expected ${EXPECTED[name] ?? 'another value'}`).join('; '));
    this.name = 'InvalidEnvironment';
  }
}

const SHORTEST_PRODUCTION_KEY = 32;

function refuseWeakProduction(env: z.output<typeof environmentSchema>, issuer: string): void {
  const wrong: VariableName[] = [];
  if (!issuer.startsWith('https://')) wrong.push('PORTCULLIS_ISSUER');
  if ((env.PORTCULLIS_ADMIN_KEY?.length ?? 0) < SHORTEST_PRODUCTION_KEY) wrong.push('PORTCULLIS_ADMIN_KEY');
  if (env.PORTCULLIS_KEY_RING === undefined) wrong.push('PORTCULLIS_KEY_RING');
  if (wrong.length > 0) throw new InvalidEnvironment(wrong);
}

/** Reads the environment once, at the start. An empty variable counts as one that is not set. Throws InvalidEnvironment. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const set = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success)
    throw new InvalidEnvironment([
      ...new Set(parsed.error.issues.map(({ path }) => path[0] as VariableName)),
    ]);
  const env = parsed.data;
  const issuer = env.PORTCULLIS_ISSUER ?? `http://${hostInUrl(env.HOST)}:${env.PORT}`;
  const production = env.NODE_ENV === 'production';
  if (production) refuseWeakProduction(env, issuer);
  return {
    production,
    host: env.HOST,
    port: env.PORT,
    httpAdapter: env.HTTP_ADAPTER,
    logLevel: env.LOG_LEVEL,
    dataDir: env.DATA_DIR,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    issuer,
    publicOrigins: env.PORTCULLIS_PUBLIC_ORIGINS ?? [new URL(issuer).origin],
    trustedProxies: env.PORTCULLIS_TRUSTED_PROXIES ?? (production ? [] : ['127.0.0.1', '::1']),
    adminKey: env.PORTCULLIS_ADMIN_KEY,
    keyRing: env.PORTCULLIS_KEY_RING,
  };
}
