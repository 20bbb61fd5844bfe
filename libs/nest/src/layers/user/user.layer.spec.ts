import { UserLayer, type DpopProofs, type UserCredential } from './index.js';
import type { InboundRequest, Known } from '../../pipeline/index.js';

const APP = { id: 'bank-ios', name: 'Bank', scopes: [], registered: true };
const JWS = 'a.b.c';
const KEY = 'a.b';

/** The layer over one credential that holds, and the sessions whose use was noted. */
function layerOver(credential: Partial<UserCredential>) {
  const noted: string[] = [];
  const found = { userId: 'user-1', clientId: APP.id, granted: ['a'], ...credential } as UserCredential;
  const layer = new UserLayer(
    { find: () => found, noteUse: (id) => noted.push(id) },
    { verify: () => found },
    { of: () => ({ username: undefined, scopes: undefined }) },
    {} as DpopProofs,
  );
  const check = (bearer: string) => {
    const checked = layer.check({} as InboundRequest, null, {
      credentials: { bearer },
      app: APP,
    } as unknown as Known);
    if (checked instanceof Promise) throw new TypeError('waited for something');
    return checked;
  };
  return { check, noted };
}

it.each([
  ['a session', KEY, { kind: 'session', id: 's-1' }, 's-1'],
  ['a token of a session', JWS, { kind: 'access-token', id: 't-1', sessionId: 's-1' }, 's-1'],
] as const)(
  'notes the use of %s once the request is admitted, and not before',
  (_, bearer, credential, sessionId) => {
    const { check, noted } = layerOver(credential);
    const { adds, onAdmitted } = check(bearer);
    const { kind, id } = credential;
    expect(adds?.user?.credential).toEqual({ kind, id, sessionId });
    expect(noted).toEqual([]);
    onAdmitted?.();
    expect(noted).toEqual([sessionId]);
  },
);

it('knows of no session where the issuer of a token names none', () => {
  const { check, noted } = layerOver({ kind: 'access-token', id: 't-1' });
  const { adds, onAdmitted } = check(JWS);
  expect(adds?.user?.credential).toEqual({ kind: 'access-token', id: 't-1' });
  onAdmitted?.();
  expect(noted).toEqual([]);
});
