import { setTimeout as delay } from 'node:timers/promises';
import { Apps, Sessions, UserAccounts } from '@portcullis/nest';
import { ClientAttestations } from '@portcullis/nest/oauth';
import { ResourceServers } from '../../libs/nest/src/authorities/resources/index.js';
import type { UserAccount } from '../../libs/nest/src/authorities/users/index.js';
import { aDevice, aProof } from './dpop-proofs.js';
import { noteSecret } from './log-book.js';
import { FORM, SCOPES, type OAuthHost } from './oauth-host.js';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}
export type Send = () => Promise<Answered>;

export type Call = (...args: unknown[]) => unknown;
/** What a part does instead; made of what it does when it behaves. */
export type Way = (behaves: Call) => Call;

/** Stands in the message of every failure, and must never be told to anybody. */
const QUOTED = noteSecret('the password of row 4711 is hunter2');
const failure = () => new TypeError(`cannot read ${QUOTED}`);

/** Can be awaited like a promise, and is no `Promise`: libraries from before there was one answer with such. */
class OtherPromise {
  constructor(private readonly promise: Promise<unknown>) {}

  // oxlint-disable-next-line no-thenable -- what is tested
  then(...handlers: Parameters<Promise<unknown>['then']>): OtherPromise {
    return new OtherPromise(this.promise.then(...handlers));
  }

  catch(handler: (error: unknown) => unknown): OtherPromise {
    return new OtherPromise(this.promise.catch(handler));
  }
}

/** A rejection of which it can be said whether anybody has looked at it. */
export class WatchedRejection extends Promise<never> {
  isHandled = false;

  static make(): WatchedRejection {
    const rejection = new WatchedRejection((_, reject) => reject(failure()));
    // Were it really handled by nobody, the process would hear of it.
    super.prototype.then.call(rejection, undefined, () => undefined);
    return rejection;
  }

  // oxlint-disable-next-line no-thenable -- however it is waited for, it is by this
  override then<A, B>(...handlers: Parameters<Promise<never>['then']>): Promise<A | B> {
    this.isHandled = true;
    return super.then(...handlers) as Promise<A | B>;
  }
}

export const FAILURES: Readonly<Record<string, Way>> = {
  'throws at once': () => () => {
    throw failure();
  },
  'rejects later': () => async () => {
    await delay(2);
    throw failure();
  },
};

const answering =
  (answer: unknown): Way =>
  () =>
  async () =>
    answer;
const ANSWERS: Readonly<Record<string, Way>> = {
  'answers undefined': answering(undefined),
  'answers null': answering(null),
  'answers false': answering(false),
  'answers true': answering(true),
  'answers an empty object': answering({}),
  'answers text': answering('committed'),
  'answers a number': answering(4711),
  'answers an empty list': answering([]),
  'answers undefined without a promise': () => () => undefined,
  'answers undefined by another promise': () => () => new OtherPromise(Promise.resolve()),
};

/** What it answers when it behaves, changed. */
function answeringTwisted(twist: (right: never) => unknown): Way {
  return (behaves) =>
    async (...args) =>
      twist((await behaves(...args)) as never);
}

const RESOURCE = 'https://payments.example';
const device = aDevice();

/** What the good requests need of the app. */
export async function prepareApp(host: OAuthHost): Promise<void> {
  await host.get(ResourceServers).register({ identifier: RESOURCE, name: 'Payments', scopes: SCOPES });
  await host.get(Apps).change(host.publicId, { resources: [RESOURCE] });
}

interface Terms {
  readonly boundKey?: string;
  readonly resource?: string;
}

async function begun(host: OAuthHost) {
  const user = (await host.get(UserAccounts).find(host.userId)) as UserAccount;
  return { user, app: { id: host.publicId, scopes: SCOPES } };
}

async function newKey(host: OAuthHost): Promise<string> {
  const { key } = await host.get(Sessions).start({ ...(await begun(host)), kind: 'opaque' });
  return noteSecret(key);
}

async function newTokens(host: OAuthHost, terms: Terms = {}) {
  const bound = { boundKey: terms.boundKey ?? null, refreshBoundKey: terms.boundKey ?? null };
  const given = { ...(await begun(host)), ...bound, resource: terms.resource ?? null };
  const { accessToken, refreshToken } = await host.get(Sessions).start({ ...given, kind: 'tokens' });
  return { accessToken: noteSecret(accessToken), refreshToken: noteSecret(refreshToken) };
}

async function sent(url: string, init: RequestInit): Promise<Answered> {
  const answer = await fetch(url, init);
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

async function proofFor(host: OAuthHost, proven: { method?: string; url: string; accessToken?: string }) {
  return { DPoP: await aProof({ device, nowMs: host.clock.now(), ...proven }) };
}

function mine(host: OAuthHost, authorization: string, boundToken?: string): Send {
  const url = `${host.url}/mine`;
  return async () => {
    const proof = boundToken === undefined ? {} : await proofFor(host, { url, accessToken: boundToken });
    return sent(url, { headers: { 'X-Api-Key': host.publicId, Authorization: authorization, ...proof } });
  };
}

function refresh(host: OAuthHost, refreshToken: string, isProven = false): Send {
  const url = `${host.url}/oauth/token`;
  const form = { grant_type: 'refresh_token', client_id: host.publicId, refresh_token: refreshToken };
  return async () => {
    const proof = isProven ? await proofFor(host, { method: 'POST', url }) : {};
    const body = new URLSearchParams(form).toString();
    return sent(url, { method: 'POST', headers: { ...FORM, ...proof }, body });
  };
}

/** Requests that are admitted, each with a credential of its own. Each may be sent again, with a proof of its own then. */
export const GOOD_REQUESTS = {
  'a session key': async (host: OAuthHost) => mine(host, `Bearer ${await newKey(host)}`),
  'an access token': async (host: OAuthHost) => mine(host, `Bearer ${(await newTokens(host)).accessToken}`),
  'a bound access token': async (host: OAuthHost) => {
    const { accessToken } = await newTokens(host, { boundKey: device.thumbprint });
    return mine(host, `DPoP ${accessToken}`, accessToken);
  },
  'a refresh token': async (host: OAuthHost) => refresh(host, (await newTokens(host)).refreshToken),
  'a bound refresh token': async (host: OAuthHost) =>
    refresh(host, (await newTokens(host, { boundKey: device.thumbprint })).refreshToken, true),
  'a refresh token for another resource': async (host: OAuthHost) =>
    refresh(host, (await newTokens(host, { resource: RESOURCE })).refreshToken),
  'a refresh token whose answer got lost': async (host: OAuthHost) => {
    const send = refresh(host, (await newTokens(host)).refreshToken);
    await send();
    return send;
  },
};
export type GoodRequest = keyof typeof GOOD_REQUESTS;

export interface Part {
  /** A port and its method, which a host supplies or a store implements. */
  readonly name: `${string}.${string}`;
  readonly of: (host: OAuthHost) => object;
  readonly askedFor: readonly GoodRequest[];
  /** What it answers is believed until the copy of it is old. */
  readonly isCopied?: boolean;
  /** By default it misbehaves in every way. */
  readonly ways?: readonly string[];
  /** Made of the right answer: of its shape, and wrong. */
  readonly twists?: Readonly<Record<string, (right: never) => unknown>>;
}

const ALL_WAYS = Object.keys({ ...FAILURES, ...ANSWERS });
export const except = (...allowed: string[]) => ALL_WAYS.filter((way) => !allowed.includes(way));
export const wrong = (members: object) => (right: object) => ({ ...right, ...members });
export const wrongIn = (name: string, members: object) => (right: Record<string, object>) => ({
  ...right,
  [name]: { ...right[name], ...members },
});

export interface Row {
  readonly part: Part;
  readonly title: string;
  readonly way: Way;
  readonly request: GoodRequest;
}

/** Every part in each of its ways, for each request. */
export const rowsOf = (parts: readonly Part[]): Row[] =>
  parts.flatMap((part) => {
    const plain = Object.entries({ ...FAILURES, ...ANSWERS }).filter(([title]) =>
      (part.ways ?? ALL_WAYS).includes(title),
    );
    const twisted = Object.entries(part.twists ?? {}).map(([title, twist]): [string, Way] => [
      `answers ${title}`,
      answeringTwisted(twist),
    ]);
    return [...plain, ...twisted].flatMap(([title, way]) =>
      part.askedFor.map((request) => ({ part, title, way, request })),
    );
  });

export function misbehave(host: OAuthHost, { part: { of, name }, way }: Row): jest.SpiedFunction<Call> {
  const port = of(host) as Record<string, Call>;
  const method = name.split('.')[1] as string;
  const behaves = (port[method] as Call).bind(port);
  return jest.spyOn(port, method).mockImplementation(way(behaves));
}

export function expectGenericRefusal({ status, headers, text }: Answered, isFailure: boolean): void {
  // An answer may say that there is nothing. A failure never does: a phone would log its user out.
  expect(isFailure ? [500, 503] : [400, 401, 500, 503]).toContain(status);
  expect(headers.has('retry-after')).toBe(status === 503);
  expect(JSON.stringify([text, ...headers])).not.toContain(QUOTED);
  const { error, code, requestId: _, ...said } = JSON.parse(text) as Record<string, string>;
  const members = error === undefined ? ['type', 'title', 'status', 'detail'] : ['error_description'];
  expect(Object.keys(said).toSorted()).toEqual(members.toSorted());
  expect(error ?? code).toMatch(/^(?:internal_error|temporarily_unavailable|invalid_\w+|\w+_invalid)$/);
}

/** An attestation service that nobody has been to. */
export const attestations = new (class extends ClientAttestations {
  override verify() {
    return undefined;
  }
})();
