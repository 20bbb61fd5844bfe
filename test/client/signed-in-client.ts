import { MemorySessionStore, PortcullisClient, type ClientOptions } from '@portcullis/client';
import { FakeServer } from './fake-server.js';

export const ORIGIN = 'https://api.example.com';
const STEP_MS = 50;

/** Timers and the time stand still but for `elapsed` and `settled`; what Node itself waits with does not. */
export function useStandingClock(): void {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });
}

export const elapsed = (ms: number) => jest.advanceTimersByTimeAsync(ms);

/** What `work` ends with, with the time running until it does. */
export async function settled<T>(work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  while (!isOver) await elapsed(STEP_MS);
  return work;
}

/** What `work` throws. */
export const failure = async (work: Promise<unknown>): Promise<unknown> =>
  settled(
    work.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );

export interface SignedIn {
  readonly client: PortcullisClient;
  readonly server: FakeServer;
  readonly sessions: MemorySessionStore;
  /** How often the host was told that its user is signed out. */
  readonly signedOut: jest.Mock;
  /** Another process or tab, with the same store. */
  another(): PortcullisClient;
}

export async function signedIn(options: Partial<ClientOptions> = {}): Promise<SignedIn> {
  const server = new FakeServer();
  const sessions = new MemorySessionStore();
  const signedOut = jest.fn();
  const all = {
    origin: ORIGIN,
    app: { id: 'bank-ios' },
    fetch: server.fetch,
    sessions,
    onSignedOut: signedOut,
    ...options,
  };
  const client = new PortcullisClient(all);
  await settled(client.signIn({ username: 'ada', password: 'p' }));
  return { client, server, sessions, signedOut, another: () => new PortcullisClient(all) };
}

export const userOf = async (call: Promise<Response>): Promise<string> =>
  ((await (await settled(call)).json()) as { user: string }).user;
