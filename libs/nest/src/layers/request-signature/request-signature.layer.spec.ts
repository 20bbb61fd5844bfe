import { createSecretKey } from 'node:crypto';
import type { Credentials } from '@portcullis/wire';
import { claimKey, SystemClock, type InboundRequest } from '../../pipeline/index.js';
import { RequestSignatureLayer } from './request-signature.layer.js';
import { RequestSignatureOptions } from './request-signature.options.js';
import type { SignatureScheme } from './signature-scheme.js';
import { SigningSecrets } from './signing-secret.store.js';

class OneSecret extends SigningSecrets {
  override of() {
    return [{ id: 's', key: createSecretKey(Buffer.alloc(32, 1)) }];
  }
}

/** Of a name that the parser knows: everything is as it should be. */
const contented: SignatureScheme = {
  name: 'hawk',
  present: () => ({
    createdSeconds: Math.floor(Date.now() / 1000),
    nonce: 'n',
    covers: true,
    verify: () => true,
  }),
};

const request = { body: { kind: 'none' }, origin: {} } as InboundRequest;
const credentials = { appId: 'an-app', signature: { scheme: 'hawk' } } as Credentials;
const app = { id: 'an-app', name: '', scopes: [], registered: true };

function checkWith(schemes: readonly SignatureScheme[]) {
  const layer = new RequestSignatureLayer(
    new OneSecret(),
    new SystemClock(),
    new RequestSignatureOptions(),
    schemes,
  );
  return layer.check(request, { optional: false }, { credentials, app });
}

describe('The schemes of signatures', () => {
  it('are those that the layer is given, and the app is who signed', () => {
    expect(checkWith([contented])).toMatchObject({
      adds: { signature: { scheme: 'hawk', secretId: 's' } },
      claims: [{ key: claimKey('signature', 'hawk', 'an-app', 'n') }],
    });
  });

  it('are no others: a signature of such a one is wrong', () => {
    expect(() => checkWith([])).toThrow(
      expect.objectContaining({ code: 'signature_invalid', reason: 'scheme_not_accepted' }),
    );
  });
});
