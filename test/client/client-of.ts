import { Clock, MemorySessionStore, PortcullisClient, type ClientOptions } from '@portcullis/client';
import type { BankClient } from '../support/bank-client.js';
import { noteSecret } from '../support/log-book.js';

export const SCHEMES = ['rfc9421', 'hawk'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** A device whose clock is wrong. */
export class WrongClock extends Clock {
  constructor(private readonly aheadSeconds: number) {
    super();
  }

  override now(): number {
    return Date.now() + this.aheadSeconds * 1000;
  }
}

export class NotedSessions extends MemorySessionStore {
  override save(sessionKey: string): void {
    super.save(noteSecret(sessionKey));
  }
}

/** Attests whoever asks, as the service would, and counts. */
export class CountingSource {
  issued = 0;

  constructor(private readonly app: BankClient) {}

  async issue() {
    this.issued += 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { token: this.app.integrityToken(), expiresInSeconds: 300 };
  }
}

/** What an app of the bank would make of its parts. */
export function clientOf(
  app: BankClient,
  { scheme, ...options }: Partial<ClientOptions> & { scheme: Scheme },
): PortcullisClient {
  const { url, appId, signingSecret } = app.parts;
  return new PortcullisClient({
    origin: url,
    app: { id: appId, signing: { scheme, secret: signingSecret } },
    integrity: { source: new CountingSource(app) },
    sessions: new NotedSessions(),
    ...options,
  });
}

/** What a call ended with. */
export async function outcomeOf(
  call: Promise<Response>,
): Promise<[status: number, code: string | undefined]> {
  try {
    return [(await call).status, undefined];
  } catch (error) {
    const { status, code } = error as { status: number; code: string };
    if (code === undefined) throw error;
    return [status, code];
  }
}
