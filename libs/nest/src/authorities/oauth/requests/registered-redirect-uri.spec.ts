import fc from 'fast-check';
import { isRegisteredRedirectUri } from './registered-redirect-uri.js';

const REGISTERED = [
  'https://app.example/callback',
  'com.example.bank:/callback',
  'http://127.0.0.1/done',
  'http://[::1]:8080/done?from=us',
];

describe('RFC 8252 §7.3: a registered redirect URI', () => {
  it.each([
    ...REGISTERED,
    'http://127.0.0.1:1/done',
    'http://127.0.0.1:65535/done',
    'http://[::1]/done?from=us',
    'http://[::1]:49152/done?from=us',
  ])('is %s', (uri) => {
    expect(isRegisteredRedirectUri(uri, REGISTERED)).toBe(true);
  });

  it.each([
    'http://127.0.0.1:0/done',
    'http://127.0.0.1:080/done',
    'http://127.0.0.1:65536/done',
    'http://127.0.0.1:999999/done',
    'http://127.0.0.1:/done',
    'http://127.0.0.1:1@evil.example/done',
    'http://127.0.0.1:1/done?more',
    'http://127.0.0.1:1/done#part',
    'http://127.0.0.1:1',
    'http://127.0.0.2:1/done',
    'http://127.1:1/done',
    'http://2130706433:1/done',
    'http://localhost:1/done',
    'https://127.0.0.1:1/done',
    'HTTP://127.0.0.1:1/done',
    'http://[::2]:1/done?from=us',
    'http://[0:0:0:0:0:0:0:1]:1/done?from=us',
    'https://app.example:443/callback',
    'https://app.example:8443/callback',
    'com.example.bank:1/callback',
    '',
  ])('is not %s', (uri) => {
    expect(isRegisteredRedirectUri(uri, REGISTERED)).toBe(false);
  });

  it('is none with a character more, less, or other anywhere', () => {
    const [https = ''] = REGISTERED;
    const place = fc.nat(https.length);
    fc.assert(
      fc.property(place, fc.string({ minLength: 0, maxLength: 3 }), fc.nat(1), (at, text, removed) => {
        const changed = https.slice(0, at) + text + https.slice(at + removed);
        expect(isRegisteredRedirectUri(changed, REGISTERED)).toBe(changed === https);
      }),
    );
  });
});
