import { randomUUID } from 'node:crypto';
import { startBank, type RunningBank } from '../support/bank.js';
import type { Customer } from '../support/admin-client.js';
import type { BankClient, Prepared } from '../support/bank-client.js';
import { ADAPTERS, startHost } from '../support/host-app.js';
import { KeptConnection, type KeptAnswer, type KeptRequest } from '../support/kept-connection.js';
import { sign } from '../support/sign.js';

/** Parts of a request of which every byte is changed; a header by its lower-case name. */
type Part = 'method' | 'path' | 'query' | 'host' | 'body' | (string & {});

interface Change {
  readonly part: Part;
  readonly at: number;
  readonly request: KeptRequest;
}

/** Other bytes in the place of one: its neighbour, and for a letter the same letter in the other case. */
function others(byte: number, part: Part): number[] {
  const isLetter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
  const neighbour = byte ^ 1;
  if (part === 'body') return isLetter ? [neighbour, byte ^ 0x20] : [neighbour];
  // A request line and a header hold no control character; white space would end a target or be trimmed off.
  const legal = neighbour > 0x20 && neighbour < 0x7f ? neighbour : 0x7e;
  return isLetter ? [legal, byte ^ 0x20] : [legal];
}

function withByte(bytes: Buffer, at: number, byte: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = byte;
  return changed;
}

function partOf({ method, target, headers, body }: KeptRequest, part: Part): Buffer {
  const [path, query] = target.split('?') as [string, string];
  if (part === 'body') return body as Buffer;
  const header = headers.find(([name]) => name.toLowerCase() === part)?.[1];
  const parts: Readonly<Record<string, string>> = { method, path, query };
  return Buffer.from(parts[part] ?? (header as string), 'latin1');
}

function withPart(request: KeptRequest, part: Part, bytes: Buffer): KeptRequest {
  const text = bytes.toString('latin1');
  const [path, query] = request.target.split('?') as [string, string];
  switch (part) {
    case 'body':
      return { ...request, body: bytes };
    case 'method':
      return { ...request, method: text };
    case 'path':
      return { ...request, target: `${text}?${query}` };
    case 'query':
      return { ...request, target: `${path}?${text}` };
    default:
      return {
        ...request,
        headers: request.headers.map(([name, value]) => [name, name.toLowerCase() === part ? text : value]),
      };
  }
}

/** The request with one byte changed, for every byte of the parts. */
function* changesOf(request: KeptRequest, parts: readonly Part[]): Generator<Change> {
  for (const part of parts) {
    const bytes = partOf(request, part);
    for (let at = 0; at < bytes.length; at++)
      for (const byte of others(bytes[at] as number, part))
        yield { part, at, request: withPart(request, part, withByte(bytes, at, byte)) };
  }
}

/** As it is written on the wire. */
function keptOf({ url, init }: Prepared): KeptRequest {
  const { host, pathname, search } = new URL(url);
  const body = Buffer.from(init.body ?? '');
  return {
    method: init.method,
    target: `${pathname}${search}`,
    headers: [['host', host], ...Object.entries(init.headers), ['content-length', String(body.length)]],
    body,
  };
}

/**
 * Changes that are none, because what is read is the same:
 * - the scheme's name in another case (RFC 9110 §11.1), which RFC 9421 covers all the same and Hawk does not.
 */
const SAME_FOR_HAWK = ({ part, at, request }: Change): boolean =>
  part === 'x-app-authorization' && at < 4 && /^hawk$/i.test(partOf(request, part).toString().slice(0, 4));

const EVERYWHERE = ['method', 'path', 'query', 'host', 'body'] as const;
/** `content-length` is no part of a message's meaning: it says where the body ends, and a wrong one cuts it. */
const COVERED = [
  'authorization',
  'x-integrity-token',
  'content-type',
  'idempotency-key',
  'content-digest',
  'signature',
  'signature-input',
];

/** The second is a no-break space, which a careless `trim` takes off; spaces and tabs around a value are no part of it. */
const ADDED = [Buffer.from('1'), Buffer.from([0xa0])];

describe.each(ADAPTERS)('One changed byte of a signed transfer on %s', (adapter) => {
  let bank: RunningBank;
  let ann: Customer;
  let ben: Customer;
  let connection: KeptConnection;

  beforeAll(async () => {
    bank = await startBank(adapter);
    const app = await bank.admin.newApp();
    ann = await bank.admin.newCustomer(app);
    ben = await bank.admin.newCustomer(app);
    connection = new KeptConnection(bank.port);
  });
  afterAll(async () => {
    connection.close();
    await bank.stop();
  });

  const prepare = (client: BankClient, signature: 'rfc9421' | 'hawk') =>
    keptOf(
      client.prepare('POST', '/transfers?channel=app&page=1', {
        signature,
        headers: { 'idempotency-key': randomUUID() },
        body: {
          from: ann.account,
          to: ben.account,
          amountMinor: 1_234,
          currency: 'EUR',
          reference: 'Leje für 6 måneder',
        },
      }),
    );
  const statement = async () => {
    const { body } = await ann.client.call('GET', `/accounts/${ann.account}/transactions`, {
      signature: 'none',
    });
    return body as unknown as object[];
  };
  const admitted = () => bank.log.filter((line) => line.includes('"msg":"admitted"')).length;

  /** Sends every change, expects each to be refused and the handler never to have run, then sends the request itself. */
  const refuseEveryChange = async (
    request: KeptRequest,
    parts: readonly Part[],
    isSame: (change: Change) => boolean = () => false,
  ) => {
    const [before, admittedBefore] = [await statement(), admitted()];
    const refused = new Map<Part, number>();
    const passed: [Part, number, KeptAnswer['status'], string][] = [];
    for (const change of changesOf(request, parts)) {
      if (isSame(change)) continue;
      const { status, text } = await connection.ask(change.request);
      if (status < 400 || status > 499) passed.push([change.part, change.at, status, text]);
      else refused.set(change.part, (refused.get(change.part) ?? 0) + 1);
    }
    expect(passed).toEqual([]);
    for (const part of parts) expect(refused.get(part)).toBeGreaterThanOrEqual(partOf(request, part).length);
    // What was asked for in between is the statement, once.
    expect(await statement()).toEqual(before);
    expect(admitted() - admittedBefore).toBe(1);
    expect((await connection.ask(request)).status).toBe(201);
    expect(await statement()).toHaveLength(before.length + 1);
    expect(await connection.ask(request)).toMatchObject({ status: 401, code: 'signature_replayed' });
  };

  it('[C01] is refused by RFC 9421: body, path, query, method, host and every covered header', async () => {
    await refuseEveryChange(prepare(ann.client, 'rfc9421'), [...EVERYWHERE, ...COVERED]);
  });

  /** Hawk covers no header but its own, and of the content type the media type, which is hashed with the body. */
  it('[C01] is refused by Hawk: body, path, query, method, host, media type and its own header', async () => {
    await refuseEveryChange(
      prepare(ann.client, 'hawk'),
      [...EVERYWHERE, 'content-type', 'x-app-authorization'],
      (change) => SAME_FOR_HAWK(change) || sameMediaType(change),
    );
  });

  it('is refused as an added or a removed byte too', async () => {
    for (const signature of ['rfc9421', 'hawk'] as const) {
      const request = prepare(ann.client, signature);
      const before = await statement();
      const headers = signature === 'rfc9421' ? COVERED : ['content-type', 'x-app-authorization'];
      for (const part of [...EVERYWHERE, ...headers]) {
        const bytes = partOf(request, part);
        for (const changed of [
          ...ADDED.map((byte) => Buffer.concat([bytes, byte])),
          ...ADDED.map((byte) => Buffer.concat([byte, bytes])),
          bytes.subarray(1),
          bytes.subarray(0, -1),
        ]) {
          const other = withPart(request, part, changed);
          const { status } = await connection.ask(
            part === 'body' ? withPart(other, 'content-length', Buffer.from(String(changed.length))) : other,
          );
          expect([signature, part, status >= 400 && status < 500]).toEqual([signature, part, true]);
        }
      }
      expect(await statement()).toEqual(before);
      expect((await connection.ask(request)).status).toBe(201);
    }
  });

  it('is refused as any other method', async () => {
    for (const signature of ['rfc9421', 'hawk'] as const) {
      const request = prepare(ann.client, signature);
      for (const method of [
        'GET',
        'PUT',
        'PATCH',
        'DELETE',
        'OPTIONS',
        'post',
        'Post',
        'QUERY',
        'PROPFIND',
      ]) {
        const { status } = await connection.ask({ ...request, method });
        expect([method, status >= 400 && status < 500]).toEqual([method, true]);
      }
      expect((await connection.ask(request)).status).toBe(201);
    }
  });
});

/** A media type is compared without its case (RFC 9110 §8.3.1). */
function sameMediaType({ part, request }: Change): boolean {
  return part === 'content-type' && partOf(request, part).toString().toLowerCase() === 'application/json';
}

describe.each(ADAPTERS)('One changed bit of a signed body on %s', (adapter) => {
  // Bytes that no parser takes apart before the signature is checked, so that nothing but the signature refuses.
  it('[C01] is refused by its digest, whatever bit it is', async () => {
    const host = await startHost(adapter);
    const connection = new KeptConnection(host.port);
    const body = Buffer.from(Array.from({ length: 64 }, (_, at) => (at * 37) & 255));
    const { headers } = sign({
      method: 'POST',
      url: `${host.url}/signed`,
      headers: { 'content-type': 'application/octet-stream' },
      body,
    });
    const request: KeptRequest = {
      method: 'POST',
      target: '/signed',
      headers: [
        ['host', `127.0.0.1:${host.port}`],
        ...Object.entries(headers),
        ['content-length', String(body.length)],
      ],
      body,
    };
    for (let bit = 0; bit < body.length * 8; bit++) {
      const at = bit >> 3;
      const changed = withByte(body, at, (body[at] as number) ^ (1 << (bit & 7)));
      const { status, code } = await connection.ask({ ...request, body: changed });
      expect([bit, status, code]).toEqual([bit, 401, 'signature_invalid']);
    }
    expect(host.controller.calls).toBe(0);
    expect((await connection.ask(request)).status).toBe(201);
    expect(host.controller.calls).toBe(1);
    connection.close();
    await host.app.close();
  });
});
