import { randomBytes } from 'node:crypto';
import { Controller, Get } from '@nestjs/common';
import { KeyRing, MemoryClaimStore, Protect, SessionsModule } from '@portcullis/nest';
import { AdminModule } from '@portcullis/nest/admin';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import { ISSUER, JWK } from './access-tokens.js';
import { AdminClient } from './admin-client.js';
import { REGISTRY_TABLES } from './authority-node.js';
import { send, type BankClient } from './bank-client.js';
import type { OpenedDatabase, Tables } from './databases.js';
import { startHost, TestClock, type Host } from './host-app.js';
import { noteSecret } from './log-book.js';
import { prepareSignIn } from './sign-in.js';

@Controller()
class MeController {
  @Protect({ user: [] })
  @Get('me')
  me(): object {
    return { admitted: true };
  }
}

/** Longer than a node takes that hears nothing and only reads, on a machine that has much else to do. */
const PATIENCE_MS = 15_000;

/** Nodes of one application over one database, each with what it remembers in a memory of its own. */
export class RevocationNodes {
  readonly hosts: Host[] = [];
  private readonly keyRing = KeyRing.parse(noteSecret(randomBytes(32).toString('base64')));
  private readonly adminKey = noteSecret(randomBytes(32).toString('base64url'));

  private constructor(private readonly database: OpenedDatabase) {}

  static async start(open: (tables: Tables) => Promise<OpenedDatabase>): Promise<RevocationNodes> {
    const nodes = new RevocationNodes(await open(REGISTRY_TABLES));
    await nodes.another();
    await nodes.another();
    return nodes;
  }

  /** A further node, which was not there when anything was revoked. */
  async another(): Promise<number> {
    const dataSource = await this.database.another();
    const host = await startHost(this.hosts.length % 2 === 0 ? 'fastify' : 'express', {
      controllers: [MeController],
      imports: [SessionsModule, AdminModule.forRoot({ key: this.adminKey })],
      module: {
        apps: undefined,
        claims: new MemoryClaimStore(new TestClock(), { forgottenUntil: 0 }),
        stores: typeOrmStores(dataSource),
        keyRing: this.keyRing,
        tokens: { issuer: 'https://nodes.example' },
        accessTokens: { issuer: ISSUER, audiences: ['bank'], keys: [JWK] },
      },
    });
    return this.hosts.push(host) - 1;
  }

  get admin(): AdminClient {
    return this.adminOf(0);
  }

  adminOf(node: number): AdminClient {
    return new AdminClient((this.hosts[node] as Host).url, this.adminKey);
  }

  /** How each node answers a user's bearer credential, through an app. */
  async answers(appId: string, bearer: string): Promise<string[]> {
    return Promise.all(this.hosts.map(({ url }) => answerOf(url, { appId, bearer })));
  }

  /** Resolves once every node refuses the credential as one that does not hold; throws when one still admits it. */
  async refuse(appId: string, bearer: string): Promise<void> {
    const until = Date.now() + PATIENCE_MS;
    let answers: string[];
    // oxlint-disable-next-line no-await-in-loop -- asked again and again
    do answers = await this.answers(appId, bearer);
    while (answers.some((answer) => answer !== REFUSED) && Date.now() < until);
    if (answers.some((answer) => answer !== REFUSED)) throw new Error(`still: ${answers.join(', ')}`);
  }

  /** What a new session is used with: its key, or its access token. */
  async signIn(app: BankClient, login: { username: string; password: string }): Promise<string> {
    const { status, body } = await send(prepareSignIn({ app, ...login }));
    if (status !== 201) throw new Error(`session: ${status}`);
    return noteSecret((body['session_key'] ?? body['access_token']) as string);
  }

  async stop(): Promise<void> {
    for (const { app } of this.hosts) await app.close();
    await this.database.close();
  }
}

export const REFUSED = '401 user_token_invalid';
export const ADMITTED = '200';

async function answerOf(url: string, by: { appId: string; bearer: string }): Promise<string> {
  const headers = { 'x-api-key': by.appId, authorization: `Bearer ${by.bearer}` };
  const answer = await fetch(`${url}/me`, { headers });
  const { code } = (await answer.json()) as { code?: string };
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`;
}
