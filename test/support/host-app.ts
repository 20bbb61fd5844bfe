import {
  Body,
  Controller,
  Get,
  Post,
  UseGuards,
  type INestApplication,
  type ModuleMetadata,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  AppKeyGuard,
  AppScopes,
  Caller,
  type CallerFacts,
  Clock,
  DecisionLog,
  type Decision,
  MemoryClaimStore,
  PortcullisModule,
  Protect,
  Public,
  SignatureGuard,
  usePortcullis,
  type PortcullisModuleOptions,
} from '@portcullis/nest';

import { freePort } from './free-port.js';
import { noteLog, noteSecret } from './log-book.js';

export const ADAPTERS = ['fastify', 'express'] as const;
export type AdapterName = (typeof ADAPTERS)[number];

export const SECRET = noteSecret('a-signing-secret-of-more-than-32-bytes-in-length');
export const APP = {
  id: 'bank-ios',
  name: 'Bank for iOS',
  scopes: ['branches:read'],
  signingSecrets: [SECRET],
};
export const SUSPENDED = { ...APP, id: 'suspended', suspended: true };
export const SCOPELESS = { ...APP, id: 'scopeless', scopes: [] };

export class TestClock extends Clock {
  constructor(private offsetMs = 0) {
    super();
  }

  override now(): number {
    return Date.now() + this.offsetMs;
  }

  advance(seconds: number): void {
    this.offsetMs += seconds * 1000;
  }
}

class ListedDecisions extends DecisionLog {
  constructor(private readonly lines: string[]) {
    super();
  }

  override record(decision: Decision): void {
    const line = JSON.stringify(decision);
    this.lines.push(line);
    noteLog(line);
  }
}

@Controller()
export class EchoController {
  calls = 0;

  @Public()
  @Get('open')
  open(): object {
    return { open: true };
  }

  @UseGuards(AppKeyGuard)
  @AppScopes('branches:read')
  @Get('branches')
  branches(@Caller() caller: CallerFacts): object {
    return { app: caller.app?.id };
  }

  @UseGuards(SignatureGuard, AppKeyGuard)
  @Get('signed')
  signed(@Caller() caller: CallerFacts): object {
    this.calls++;
    return { app: caller.app?.id, scheme: caller.signature?.scheme };
  }

  @Protect({ signature: true })
  @Post('signed')
  post(@Body() body: unknown): object {
    this.calls++;
    return { seen: Buffer.isBuffer(body) ? { bytes: body.toString('base64') } : (body ?? null) };
  }
}

export interface Host {
  app: INestApplication;
  url: string;
  port: number;
  controller: EchoController;
  log: string[];
  clock: TestClock;
}

export interface HostOptions {
  controllers?: (new () => object)[];
  /** Or what makes it of where the host is going to be reached. */
  module?: Partial<PortcullisModuleOptions> | ((url: string) => Partial<PortcullisModuleOptions>);
  imports?: NonNullable<ModuleMetadata['imports']>;
  portcullis?: boolean;
  beforeListen?: (app: INestApplication) => unknown;
}

/** A running host application, reachable over loopback, that protects itself with the library. */
export async function startHost(adapter: AdapterName, options: HostOptions = {}): Promise<Host> {
  const log: string[] = [];
  const clock = new TestClock();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const testing = await Test.createTestingModule({
    imports: [
      PortcullisModule.forRoot({
        publicOrigins: [url],
        apps: [APP, SUSPENDED, SCOPELESS],
        problems: 'all',
        clock,
        decisions: new ListedDecisions(log),
        claims: new MemoryClaimStore(clock, { forgottenUntil: 0 }),
        ...(typeof options.module === 'function' ? options.module(url) : options.module),
      } as PortcullisModuleOptions),
      ...(options.imports ?? []),
    ],
    controllers: options.controllers ?? [EchoController],
  }).compile();
  const http = adapter === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = testing.createNestApplication(http, { bodyParser: false, logger: false });
  if (options.portcullis ?? true) usePortcullis(app, { bodyLimitBytes: 65_536 });
  options.beforeListen?.(app);
  try {
    await app.listen(port, '127.0.0.1');
  } catch (error) {
    await app.close();
    throw error;
  }
  const controller = options.controllers ? new EchoController() : app.get(EchoController);
  return { app, url, port, controller, log, clock };
}
