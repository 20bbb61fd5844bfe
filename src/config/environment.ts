import { z } from 'zod';

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .refine((value) => value <= 65_535);

const schema = z.object({
  NODE_ENV: z.string().default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(3000),
  HTTP_ADAPTER: z.enum(['fastify', 'express']).default('fastify'),
  PORTCULLIS_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  PORTCULLIS_PUBLIC_ORIGINS: list.optional(),
  PORTCULLIS_TRUSTED_PROXIES: list.optional(),
  /** Secret that the demo app signs with; made anew at every start when unset. At least 32 bytes. */
  DEMO_SIGNING_SECRET: z.string().min(32).optional(),
});

const EXPECTED: Readonly<Record<string, string>> = {
  HOST: 'a host name or an address',
  PORT: 'a port number, 0 to 65535',
  HTTP_ADAPTER: '"fastify" or "express"',
  PORTCULLIS_ISSUER: 'an http or https URL',
  DEMO_SIGNING_SECRET: 'at least 32 characters',
};

export interface Environment {
  readonly host: string;
  readonly port: number;
  readonly httpAdapter: 'fastify' | 'express';
  readonly publicOrigins: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly demoSigningSecret: string | undefined;
}

/** A value of the environment is wrong. Names it and what was expected; never repeats the value. */
export class InvalidEnvironment extends Error {
  constructor(names: readonly string[]) {
    super(names.map((name) => `${name}: expected ${EXPECTED[name] ?? 'another value'}`).join('; '));
    this.name = 'InvalidEnvironment';
  }
}

/** Reads the environment once, at the start. Throws InvalidEnvironment. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Environment {
  const parsed = schema.safeParse(variables);
  if (!parsed.success)
    throw new InvalidEnvironment([...new Set(parsed.error.issues.map(({ path }) => String(path[0])))]);
  const env = parsed.data;
  const issuer = env.PORTCULLIS_ISSUER ?? `http://${env.HOST}:${env.PORT}`;
  const production = env.NODE_ENV === 'production';
  if (production && !issuer.startsWith('https://')) throw new InvalidEnvironment(['PORTCULLIS_ISSUER']);
  return {
    host: env.HOST,
    port: env.PORT,
    httpAdapter: env.HTTP_ADAPTER,
    publicOrigins: env.PORTCULLIS_PUBLIC_ORIGINS ?? [new URL(issuer).origin],
    trustedProxies: env.PORTCULLIS_TRUSTED_PROXIES ?? (production ? [] : ['127.0.0.1', '::1']),
    demoSigningSecret: env.DEMO_SIGNING_SECRET,
  };
}
