import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import { formatSignature, readCredentials, type Credentials } from '@portcullis/wire';
import {
  SESSION_SECRET,
  SessionDirectory,
} from '../../libs/nest/src/authorities/sessions/session-directory.js';
import { RevokedCredentials } from '../../libs/nest/src/authorities/revocations/index.js';
import { SessionOptions, type SessionStore } from '../../libs/nest/src/authorities/sessions/index.js';
import { KeyRing } from '../../libs/nest/src/crypto/index.js';
import { AppKeyLayer } from '../../libs/nest/src/layers/app-key/index.js';
import {
  HawkScheme,
  HttpMessageSignatureScheme,
  RequestSignatureLayer,
  RequestSignatureOptions,
} from '../../libs/nest/src/layers/request-signature/index.js';
import { AdminKeyGuard } from '../../libs/nest/src/operations/admin/admin-key.guard.js';
import { AdminOptions } from '../../libs/nest/src/operations/admin/admin.options.js';
import {
  CredentialSources,
  PipelineOptions,
  readRequest,
  type InboundRequest,
} from '../../libs/nest/src/pipeline/index.js';
import { MemoryAppRegistry } from '../../libs/nest/src/stores/memory/index.js';
import { TestClock } from '../support/host-app.js';
import { sign } from '../support/sign.js';
import { timingOf, type Timing } from '../support/timing.js';
import { SaidChanges } from '../support/said-changes.js';

const SAMPLES = 60_000;
const VARIANTS = 64;
const ORIGIN = 'https://bank.example';
const PIPELINE = new PipelineOptions({ publicOrigins: [ORIGIN] });
const SOURCES = new CredentialSources();
const clock = new TestClock();

/** The median of an odd number of attempts: one is now and then thrown off by what the machine or the compiler does. */
const ATTEMPTS = 5;

type Pairs<T> = () => readonly (readonly [T, T])[];

/** The attempt whose t is the median. Each attempt times inputs of its own. */
function medianOf<T>(call: (input: T) => unknown, pairs: Pairs<T>): { timing: Timing; found: string } {
  const attempts = Array.from({ length: ATTEMPTS }, () => timingOf(call, pairs(), SAMPLES));
  const timing = attempts.toSorted((a, b) => a.t - b.t)[(ATTEMPTS - 1) / 2] as Timing;
  const found = attempts
    .map(({ t, differenceNs }) => `t = ${t.toFixed(1)} (${differenceNs.toFixed(0)} ns)`)
    .join(', ');
  process.stdout.write(`${expect.getState().currentTestName}: ${found}\n`);
  return { timing, found };
}

/** Throws when the median of Welch's t is 5 or more in either direction. */
function expectOneTime<T>(call: (input: T) => unknown, pairs: Pairs<T>): void {
  const { timing, found } = medianOf(call, pairs);
  if (Math.abs(timing.t) >= 5) throw new Error(`can be told apart: ${found}`);
}

/** Throws when the median attempt differs by so much, however surely it can be measured within the process. */
function expectLessThanNs<T>(limitNs: number, call: (input: T) => unknown, pairs: Pairs<T>): void {
  const { timing, found } = medianOf(call, pairs);
  if (Math.abs(timing.differenceNs) >= limitNs) throw new Error(`differ by ${limitNs} ns or more: ${found}`);
}

function message(headers: Record<string, string>, method = 'GET'): IncomingMessage {
  const all = { host: 'bank.example', ...headers };
  const socket = { remoteAddress: '127.0.0.1' };
  return {
    method,
    url: '/signed',
    headers: all,
    rawHeaders: Object.entries(all).flat(),
    socket,
  } as IncomingMessage;
}

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'admitted';
}

describe('[B02] [N18] The time of a refusal', () => {
  it('can be told apart by the measurement when there is a difference', () => {
    const key = randomBytes(32);
    const hash = (text: string) => createHmac('sha256', key).update(text).digest();
    const [short, long] = ['x'.repeat(1_000), 'x'.repeat(4_000)];
    expect(() => expectOneTime(hash, () => [[short, long]])).toThrow('can be told apart');
  });

  describe('of a signature', () => {
    const known = Array.from({ length: VARIANTS }, (_, at) => `known-app-${String(at).padStart(4, '0')}`);
    const unknown = known.map((id) => id.replace('known', 'other'));
    // As long as those that are minted. HMAC hashes a key of more than 64 bytes first, which takes longer.
    const secretOf = (id: string) => createHash('sha256').update(id).digest('base64url');
    const registry = new MemoryAppRegistry(known.map((id) => ({ id, signingSecrets: [secretOf(id)] })));
    const keys = new AppKeyLayer(registry);
    const signatures = new RequestSignatureLayer(
      registry.signingSecrets,
      clock,
      new RequestSignatureOptions(),
      [new HttpMessageSignatureScheme(SOURCES), new HawkScheme()],
    );
    type Call = [InboundRequest, Credentials];
    const callOf = (id: string, secret: string, spoil = (mac: Buffer): Buffer => mac): Call => {
      const { headers } = sign({
        method: 'GET',
        url: `${ORIGIN}/signed`,
        parameters: { keyid: id, nonce: randomUUID() },
        secret,
      });
      const mac = Buffer.from(/:(.*):/.exec(headers['signature'] as string)?.[1] as string, 'base64');
      const sent = message({ ...headers, signature: formatSignature('sig1', spoil(mac)) });
      return [readRequest(sent, PIPELINE), readCredentials(sent.rawHeaders, '/signed', SOURCES)];
    };
    /** As the pipeline calls the two layers one after the other. */
    const check = ([request, credentials]: Call) => {
      const known = { credentials };
      const found = keys.check(request, { signatureFollows: true }, known);
      Object.assign(known, (found as { adds: object }).adds);
      return signatures.check(request, { optional: false }, known);
    };
    const refuse = (call: Call) => refusal(() => check(call));
    const wrong = 'x'.repeat(43);

    // The same is done for both, but the keys of known apps lie all over the memory and nobody's key in one place: tens of
    // nanoseconds, which t finds in the process and nobody finds across a network. An app's id is no secret either.
    it('tells an unknown app from a wrong secret by less than half a microsecond', () => {
      const pairs = () =>
        known.map((id, at) => [callOf(unknown[at] as string, wrong), callOf(id, wrong)] as const);
      for (const call of pairs().flat()) expect(refuse(call)).toBe('signature_invalid');
      expectLessThanNs(500, refuse, pairs);
    });

    it('does not tell one known app from another', () => {
      const pairs = () =>
        known.map((id, at) => [callOf(known[at ^ 1] as string, wrong), callOf(id, wrong)] as const);
      expectOneTime(refuse, pairs);
    });

    it('does not tell how much of a MAC is right', () => {
      const flipped = (at: number) => (mac: Buffer) => {
        mac[at] = (mac[at] as number) ^ 1;
        return mac;
      };
      const of = (id: string, at: number) => callOf(id, secretOf(id), flipped(at));
      expect(refuse(callOf(known[0] as string, secretOf(known[0] as string)))).toBe('admitted');
      expectOneTime(refuse, () => known.map((id) => [of(id, 0), of(id, 31)] as const));
    });
  });

  describe('of an administration key', () => {
    const log = { record: () => undefined, wants: () => true } as never;
    // What is sent is no named key's text: it is never looked up.
    const keys = { find: () => undefined } as never;
    const guardOf = (key: string) =>
      new AdminKeyGuard(new AdminOptions({ key }), PIPELINE, SOURCES, log, keys);
    class Handler {
      handle(): void {}
    }
    const request = message({ authorization: `Bearer ${'k'.repeat(42)}a` });
    const context = {
      switchToHttp: () => ({ getRequest: () => request }),
      getClass: () => Handler,
      getHandler: () => Handler.prototype.handle,
    } as unknown as ExecutionContext;
    const refuse = (guard: AdminKeyGuard) => refusal(() => guard.canActivate(context));
    const pairsOf = (one: string, other: string) => () =>
      Array.from({ length: VARIANTS }, () => [guardOf(one), guardOf(other)] as const);

    // What is sent stays the same and the key differs: a longer text takes longer to hash whoever the key belongs to.
    it('does not tell whether the length is right', () => {
      expect(refuse(guardOf(`${'k'.repeat(42)}b`))).toBe('admin_key_invalid');
      expectOneTime(refuse, pairsOf(`${'k'.repeat(42)}b`, 'k'.repeat(200)));
    });

    it('does not tell how much of it is right', () => {
      expectOneTime(refuse, pairsOf(`${'k'.repeat(42)}b`, 'x'.repeat(43)));
    });
  });

  describe('of a session key', () => {
    const keyRing = new KeyRing([randomBytes(32)]);
    const secret = randomBytes(32).toString('base64url');
    const ids = Array.from({ length: VARIANTS }, () => randomBytes(16).toString('base64url'));
    const soon = new Date(Date.now() + 3_600_000);
    const session = (id: string) => ({
      id,
      secretHash: keyRing.keyedHash(SESSION_SECRET, secret),
      userId: 'user',
      appId: 'app',
      scopes: [],
      createdAt: new Date(),
      lastUsedAt: new Date(),
      expiresAt: soon,
    });
    const store = {
      find: async (id: string) => (ids.includes(id) ? session(id) : undefined),
    } as SessionStore;
    // Stands still, so that no copy ages while it is timed.
    const at = Date.now();
    const clock = { now: () => at };
    const changes = new SaidChanges();
    const directory = new SessionDirectory(
      store,
      keyRing,
      new SessionOptions(),
      clock,
      changes,
      new RevokedCredentials(changes, clock),
    );

    it('does not tell how much of its secret is right', async () => {
      const other = (text: string, at: number) =>
        `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
      for (const id of ids) await directory.find(`${id}.${secret}`);
      expect(directory.find(`${ids[0]}.${secret}`)).toMatchObject({ kind: 'session' });
      const refuse = (key: string) => directory.find(key);
      expect(refuse(`${ids[0]}.${other(secret, 0)}`)).toBeUndefined();
      expectOneTime(refuse, () =>
        ids.map((id) => [`${id}.${other(secret, 0)}`, `${id}.${other(secret, 40)}`] as const),
      );
    });
  });
});
