import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { runInContext, type Context } from 'node:vm';
import { transformSync } from '@swc/core';
import type * as Client from '@portcullis/client';

/** What React Native has of the web, as far as the client may use it: everything else is not defined. */
export const OF_THE_PLATFORM = { fetch, Headers, Response, AbortController, setTimeout, clearTimeout };

/** The sources of the package, run where nothing is but what `OF_THE_PLATFORM` names and the language itself. */
export function loadClient(context: Context): typeof Client {
  const loaded = new Map<string, object>();
  const load = (path: string): object => {
    const known = loaded.get(path);
    if (known) return known;
    const { code } = transformSync(readFileSync(path, 'utf8'), {
      filename: path,
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    const exported = {};
    loaded.set(path, exported);
    const wrapped = runInContext(`(function (exports, require) {${code}\n})`, context, { filename: path });
    wrapped(exported, (name: string) =>
      load(
        name === '@portcullis/wire'
          ? resolve('libs/wire/src/index.ts')
          : resolve(dirname(path), name.replace(/\.js$/, '.ts')),
      ),
    );
    return exported;
  };
  return load(resolve('libs/client/src/index.ts')) as typeof Client;
}

/** As an app would make one of the functions of a native module. */
export const engine: Client.CryptoEngine = {
  sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
  hmacSha256: (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest()),
  randomBytes: (length) => new Uint8Array(randomBytes(length)),
};

/** A key as a Secure Enclave has one: it signs, in DER, and nobody sees its private half. */
export function enclaveKey({ ecdsaSignatureOfDer }: typeof Client): Client.DpopKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    publicJwk: publicKey.export({ format: 'jwk' }) as Client.EcPublicJwk,
    sign: (bytes) => ecdsaSignatureOfDer(new Uint8Array(sign('sha256', bytes, privateKey))),
  };
}
