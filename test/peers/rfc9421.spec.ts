import { createHash, createHmac, randomUUID } from 'node:crypto';
import { createSignature } from 'http-message-sig';
import { httpbis } from 'http-message-signatures';
import { ADAPTERS, APP, SECRET, startHost, type Host } from '../support/host-app.js';
import { send } from '../support/sign.js';

const hmac = (bytes: Uint8Array): Buffer => createHmac('sha256', SECRET).update(bytes).digest();
const body = '{"amountMinor":100}';
const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
const headers = { 'content-type': 'application/json', 'content-digest': digest };
const components = ['@method', '@target-uri', 'content-digest', 'content-type'];

describe.each(ADAPTERS)('RFC 9421 signers from npm, unmodified, on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter);
  });
  afterAll(() => host.app.close());

  it('admits http-message-signatures', async () => {
    const request = await httpbis.signMessage(
      {
        key: { id: APP.id, alg: 'hmac-sha256', sign: async (data: Buffer) => hmac(data) },
        fields: components,
        params: ['created', 'nonce', 'keyid', 'alg'],
        paramValues: { nonce: randomUUID() },
      },
      { method: 'POST', url: `${host.url}/signed?b=1&a=2`, headers },
    );
    const answer = await send({
      ...request,
      url: `${host.url}/signed?b=1&a=2`,
      headers: request.headers as Record<string, string>,
      body,
    });
    expect([answer.status, answer.body]).toEqual([201, { seen: { amountMinor: 100 } }]);
  });

  it('admits http-message-sig', async () => {
    const url = `${host.url}/signed?b=1&a=2`;
    const fields = await createSignature(new Request(url, { method: 'POST', headers, body }), {
      label: 'app',
      components,
      parameters: {
        created: Math.floor(Date.now() / 1000),
        keyid: APP.id,
        nonce: randomUUID(),
        alg: 'hmac-sha256',
      },
      signer: { algorithm: 'hmac-sha256', sign: async (data: Uint8Array) => hmac(data) },
    });
    const signed = { ...headers, 'signature-input': fields.signatureInput, signature: fields.signature };
    const answer = await send({ method: 'POST', url, headers: signed, body });
    expect([answer.status, answer.body]).toEqual([201, { seen: { amountMinor: 100 } }]);
  });
});
