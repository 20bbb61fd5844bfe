import { createHash } from 'node:crypto';
import { approovIssuer } from '@portcullis/nest';
import { ADAPTERS, APP, startHost, SUSPENDED, type Host } from '../support/host-app.js';
import { lines, raw } from '../support/raw.js';
import { send, sign, type Signed } from '../support/sign.js';

const json = { 'content-type': 'application/json' };
const body = '{"from":"a","to":"b","amountMinor":100}';

describe.each(ADAPTERS)('request signatures on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter);
  });
  afterAll(() => host.app.close());

  const get = (more: Partial<Parameters<typeof sign>[0]> = {}) =>
    sign({ method: 'GET', url: `${host.url}/signed`, ...more });
  const post = (more: Partial<Parameters<typeof sign>[0]> = {}) =>
    sign({ method: 'POST', url: `${host.url}/signed?a=1`, headers: json, body, ...more });
  const codeOf = async (signed: Signed) => {
    const { status, code } = await send(signed);
    return [status, code];
  };
  const asLines = ({ method, url, headers, body: sent = '' }: Signed, host_ = `127.0.0.1:${host.port}`) =>
    lines(
      method,
      url.slice(host.url.length),
      [
        `Host: ${host_}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        ...(sent === '' ? [] : [`Content-Length: ${sent.length}`]),
      ],
      sent as string,
    );

  it('admits what is right', async () => {
    expect(await codeOf(get())).toEqual([200, undefined]);
    expect(await codeOf(post())).toEqual([201, undefined]);
  });

  it('[C01] refuses every single changed byte of the body', async () => {
    for (let at = 0; at < body.length; at++) {
      const signed = post();
      const bytes = Buffer.from(body);
      bytes[at] = (bytes[at] as number) ^ 1;
      const { status } = await send({ ...signed, body: bytes });
      // A body that is no longer JSON is refused before the guards; either way nothing runs.
      expect([400, 401]).toContain(status);
    }
    expect(await codeOf({ ...post(), body: `${body}\n` })).toEqual([401, 'signature_invalid']);
    expect(await codeOf({ ...post(), body: ` ${body}` })).toEqual([401, 'signature_invalid']);
  });

  it('refuses a changed path, query, method and host', async () => {
    expect(await codeOf({ ...post(), url: `${host.url}/signed?a=2` })).toEqual([401, 'signature_invalid']);
    expect(await codeOf({ ...post(), url: `${host.url}/signed/?a=1` })).not.toEqual([201, undefined]);
    const queried = asLines(get()).replace('GET /signed ', 'GET /signed? ');
    expect((await raw(host.port, queried)).code).toBe('signature_invalid');
    expect(await codeOf({ ...get(), method: 'POST' })).toEqual([401, 'signature_invalid']);
    expect((await raw(host.port, asLines(get()))).status).toBe(200);
    expect((await raw(host.port, asLines(get(), `127.0.0.2:${host.port}`))).code).toBe('signature_invalid');
    expect((await raw(host.port, asLines(get(), 'localhost'))).code).toBe('signature_invalid');
  });

  it('refuses a changed byte of any covered header', async () => {
    for (const name of ['content-type', 'content-digest', 'signature', 'signature-input']) {
      const signed = post();
      const value = signed.headers[name] as string;
      const at =
        name === 'content-digest'
          ? 12
          : name === 'content-type'
            ? value.length - 1
            : Math.floor(value.length / 2);
      const changed = `${value.slice(0, at)}${value[at] === 'a' ? 'b' : 'a'}${value.slice(at + 1)}`;
      const { status } = await send({ ...signed, headers: { ...signed.headers, [name]: changed } });
      expect([400, 401]).toContain(status);
    }
  });

  it('[C02] refuses a body that the signature does not cover', async () => {
    expect(await codeOf(post({ components: ['@method', '@target-uri', 'content-type'] }))).toEqual([
      401,
      'signature_invalid',
    ]);
    const bodyless = sign({ method: 'POST', url: `${host.url}/signed`, headers: json });
    expect(await codeOf({ ...bodyless, body })).toEqual([401, 'signature_invalid']);
  });

  it.each([[[]], [['@method']], [['@target-uri']], [['@method', '@path']]])(
    '[C41] refuses a signature that covers only %j',
    async (components) => {
      expect(await codeOf(get({ components }))).toEqual([401, 'signature_invalid']);
    },
  );

  it('[C41] refuses a present header that must be covered and is not', async () => {
    const signed = get({ headers: { 'idempotency-key': 'k' }, components: ['@method', '@target-uri'] });
    expect(await codeOf(signed)).toEqual([401, 'signature_invalid']);
  });

  it('[C41] refuses an integrity token that is not covered, in the header of whatever issuer', async () => {
    const guest = await startHost(adapter, { module: { integrity: { issuers: [approovIssuer()] } } });
    const url = `${guest.url}/signed`;
    const headers = { 'approov-token': 'of.a.token' };
    const uncovered = get({ url, headers, components: ['@method', '@target-uri'] });
    const answers = [await codeOf(uncovered), await codeOf(get({ url, headers }))];
    await guest.app.close();
    expect(answers).toEqual([
      [401, 'signature_invalid'],
      [200, undefined],
    ]);
  });

  it('[C08, C44] holds the window, and tells nobody the time who has no secret', async () => {
    const nowMs = Date.now();
    const now = Math.floor(nowMs / 1000);
    // The window is held to the second, and this machine may be busy for longer.
    const time = jest.spyOn(host.clock, 'now').mockReturnValue(nowMs);
    for (const [offset, expected] of [
      [-58, [200, undefined]],
      [8, [200, undefined]],
      [-62, [401, 'signature_stale']],
      [13, [401, 'signature_stale']],
    ] as const) {
      expect(await codeOf(get({ parameters: { created: now + offset } }))).toEqual(expected);
    }
    expect(await codeOf(get({ parameters: { created: 0 } }))).toEqual([401, 'signature_stale']);
    expect(await codeOf(get({ parameters: { created: now - 100 }, secret: 'x'.repeat(40) }))).toEqual([
      401,
      'signature_invalid',
    ]);
    expect(await codeOf(get({ parameters: { expires: now - 1 } }))).toEqual([401, 'signature_stale']);
    expect(await codeOf(get({ parameters: { created: undefined } }))).toEqual([401, 'signature_invalid']);
    time.mockRestore();
  });

  it('[C12, C43] lets the key choose the algorithm', async () => {
    expect(await codeOf(get({ parameters: { alg: 'hmac-sha256' } }))).toEqual([200, undefined]);
    for (const alg of ['hmac-sha512', 'ed25519', 'none', ''])
      expect(await codeOf(get({ parameters: { alg } }))).toEqual([401, 'signature_invalid']);
  });

  it('[C15] admits a request once, and a fresh signature over the same call', async () => {
    const signed = get();
    expect(await codeOf(signed)).toEqual([200, undefined]);
    expect(await codeOf(signed)).toEqual([401, 'signature_replayed']);
    expect(await codeOf(get())).toEqual([200, undefined]);
  });

  it('[C15] admits one of 50 parallel replays', async () => {
    const signed = post();
    const codes = await Promise.all(Array.from({ length: 50 }, () => codeOf(signed)));
    expect(codes.filter(([status]) => status === 201)).toHaveLength(1);
    expect(codes.filter(([, code]) => code === 'signature_replayed')).toHaveLength(49);
  });

  it('[C07] burns no nonce for a stranger', async () => {
    const nonce = 'a-nonce-that-a-stranger-saw';
    expect(await codeOf(get({ parameters: { nonce }, secret: 'x'.repeat(40) }))).toEqual([
      401,
      'signature_invalid',
    ]);
    expect(await codeOf(get({ parameters: { nonce } }))).toEqual([200, undefined]);
  });

  it('refuses a nonce that is missing, empty or too long', async () => {
    for (const nonce of [undefined, '', 'n'.repeat(129)])
      expect(await codeOf(get({ parameters: { nonce } }))).toEqual([401, 'signature_invalid']);
  });

  it('[B01] says the same of an unknown app and a wrong secret', async () => {
    const unknown = await send(get({ parameters: { keyid: 'nobody' } }));
    const wrong = await send(get({ secret: 'x'.repeat(40) }));
    const { requestId: _u, ...unknownBody } = unknown.body;
    const { requestId: _w, ...wrongBody } = wrong.body;
    expect(unknownBody).toEqual(wrongBody);
    expect(await codeOf(get({ parameters: { keyid: SUSPENDED.id } }))).toEqual([401, 'app_key_invalid']);
  });

  it('[C42] refuses doubt: two signatures, a component twice, a parameter on a component, a lone half', async () => {
    const signed = get();
    const other = get({ label: 'sig2' });
    const both = {
      'signature-input': `${signed.headers['signature-input']}, ${other.headers['signature-input']}`,
      signature: `${signed.headers['signature']}, ${other.headers['signature']}`,
    };
    const input = signed.headers['signature-input'] as string;
    const changes: Record<string, string>[] = [
      both,
      { 'signature-input': input.replace('"@method"', '"@method" "@method"') },
      { 'signature-input': input.replace('"@method"', '"@method";req') },
      { 'signature-input': input.replace('sig1', 'sig9') },
      { 'signature-input': 'sig1=(' },
    ];
    for (const change of changes)
      expect(await codeOf({ ...signed, headers: { ...signed.headers, ...change } })).toEqual([
        400,
        'malformed_credentials',
      ]);
    const { signature: _, ...half } = signed.headers;
    expect(await codeOf({ ...signed, headers: half })).toEqual([400, 'malformed_credentials']);
    expect(await codeOf(get({ components: ['@method', '@target-uri', '@status'].slice(0, 2) }))).toEqual([
      200,
      undefined,
    ]);
  });

  it('[C42] ignores a signature that an attacker adds under another id, when the key says whose is meant', async () => {
    const signed = get({ headers: { 'x-api-key': APP.id } });
    const theirs = get({ label: 'evil', parameters: { keyid: 'evil' }, secret: 'x'.repeat(40) });
    const headers = {
      ...signed.headers,
      'signature-input': `${theirs.headers['signature-input']}, ${signed.headers['signature-input']}`,
      signature: `${theirs.headers['signature']}, ${signed.headers['signature']}`,
    };
    expect(await codeOf({ ...signed, headers })).toEqual([200, undefined]);
  });

  it('[C46] wants every known digest right, and one known', async () => {
    const sha = (algorithm: string) => createHash(algorithm).update(body).digest('base64');
    const digest = (value: string) => codeOf(post({ headers: { ...json, 'content-digest': value } }));
    expect(await digest(`sha-256=:${sha('sha256')}:, sha-512=:${sha('sha512')}:`)).toEqual([201, undefined]);
    expect(await digest(`sha-512=:${sha('sha512')}:`)).toEqual([201, undefined]);
    expect(await digest(`sha-256=:${sha('sha1')}:, sha-512=:${sha('sha512')}:`)).toEqual([
      401,
      'signature_invalid',
    ]);
    expect(await digest(`md5=:${sha('md5')}:`)).toEqual([401, 'signature_invalid']);
    expect(await digest('garbage')).toEqual([401, 'signature_invalid']);
  });

  it('[A01] refuses a credential header that comes twice, in both orders', async () => {
    const { headers } = get();
    for (const [first, second] of [
      ['signature', 'signature-input'],
      ['signature-input', 'signature'],
    ] as const) {
      const all = [
        `Host: 127.0.0.1:${host.port}`,
        `${first}: ${headers[first]}`,
        `${second}: ${headers[second]}`,
        `${first}: ${headers[first]}`,
      ];
      expect((await raw(host.port, lines('GET', '/signed', all))).code).toBe('malformed_credentials');
    }
    const twice = ['Host: h', 'Authorization: key bank-ios', 'authorization: key bank-ios'];
    expect((await raw(host.port, lines('GET', '/branches', twice))).code).toBe('malformed_credentials');
  });

  it('[A09] does not believe forwarded headers of a stranger', async () => {
    const signed = sign({ method: 'GET', url: 'https://evil.example/signed' });
    const headers = { ...signed.headers, 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    expect(await codeOf({ ...signed, url: `${host.url}/signed`, headers })).toEqual([
      401,
      'signature_invalid',
    ]);
  });

  it('[A15] reads no more than the limit, announced or not', async () => {
    const large = 'x'.repeat(70_000);
    const signed = sign({
      method: 'POST',
      url: `${host.url}/signed`,
      headers: { 'content-type': 'text/plain' },
      body: large,
    });
    expect(await codeOf(signed)).toEqual([413, 'body_too_large']);
    const chunk = `${(70_000).toString(16)}\r\n${large}\r\n0\r\n\r\n`;
    const answer = await raw(
      host.port,
      lines('POST', '/signed', ['Host: h', 'Transfer-Encoding: chunked', 'Content-Type: text/plain'], chunk),
    );
    expect(answer.status === 413 || answer.text === '').toBe(true);
  });

  it('leaves no secret and no signature in the log', async () => {
    const signed = get();
    await send(signed);
    await send(signed);
    const written = host.log.join('\n');
    expect(written).toContain('signature_replayed');
    const mac = /:(.*):/.exec(signed.headers['signature'] as string)?.[1] as string;
    for (const secret of [mac, 'a-signing-secret']) expect(written).not.toContain(secret);
  });
});
