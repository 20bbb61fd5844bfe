import { createHash, createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  decodeBase64,
  encodeBase64,
  formatContentDigest,
  hawkNormalizedString,
  hawkPayloadPrefix,
  HAWK_PAYLOAD_SUFFIX,
  hawkTimestampString,
  parseContentDigest,
  parseSignature,
  parseSignatureInput,
  signatureBase,
} from '@portcullis/wire';

const file = resolve(__dirname, '../../../shared/vectors/rfc/published-vectors.json');
const present = existsSync(file);
if (!present) process.stdout.write('published vectors: skipped, the folder of vectors is not there\n');
const vectors = present ? JSON.parse(readFileSync(file, 'utf8')) : {};
const hmac = (key: string | Uint8Array, text: string) =>
  createHmac('sha256', key).update(text, 'latin1').digest('base64');

(present ? describe : describe.skip)('published vectors', () => {
  it('[C40] RFC 9421 B.2.5: the base and the signature', () => {
    const v = vectors.rfc9421_B25 ?? vectors['rfc9421_B.2.5_hmac_sha256'];
    const input = parseSignatureInput(v.signature_input).get('sig-b25');
    const headers = ['Date', 'Tue, 20 Apr 2021 02:07:55 GMT', 'Content-Type', 'application/json'];
    const base = signatureBase(input as never, {
      method: 'POST',
      targetUri: 'https://example.com/foo?param=Value',
      headers,
    });
    expect(base).toBe(v.signature_base);
    const expected = parseSignature(v.signature).get('sig-b25') as Uint8Array;
    expect(hmac(decodeBase64(v.key_b64) as Uint8Array, base as string)).toBe(encodeBase64(expected));
  });

  it('RFC 9530: Content-Digest', () => {
    const v = vectors.rfc9530_content_digest;
    for (const [name, algorithm] of [
      ['sha-256', 'sha256'],
      ['sha-512', 'sha512'],
    ] as const) {
      const digest = createHash(algorithm).update(v.body).digest();
      expect(formatContentDigest(name, digest)).toBe(`${name}=:${v[name]}:`);
      expect(Buffer.from(parseContentDigest(`${name}=:${v[name]}:`)?.get(name) as Uint8Array)).toEqual(
        digest,
      );
    }
  });

  it('Hawk: request, payload hash, time', () => {
    const { key, GET, POST, tsm_for_ts_1353832234: tsm } = vectors.hawk;
    const common = {
      host: 'example.com',
      port: 8000,
      resource: '/resource/1?b=1&a=2',
      ts: GET.ts,
      nonce: GET.nonce,
      ext: GET.ext,
    };
    expect(hmac(key, hawkNormalizedString('header', { ...common, method: 'GET' }))).toBe(GET.mac);
    const hash = createHash('sha256')
      .update(hawkPayloadPrefix(`${POST.contentType}; charset=utf-8`))
      .update(POST.payload)
      .update(HAWK_PAYLOAD_SUFFIX)
      .digest('base64');
    expect(hash).toBe(POST.hash);
    expect(hmac(key, hawkNormalizedString('header', { ...common, method: 'POST', hash }))).toBe(POST.mac);
    expect(hmac(key, hawkTimestampString(GET.ts))).toBe(tsm);
  });
});
