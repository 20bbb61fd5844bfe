import { RemoteKeySet } from './remote-key-set.js';
import type { InvalidOptions } from '../../pipeline/index.js';

const setOf = (options: object) => new RemoteKeySet({ url: 'https://issuer.example/keys', ...options });
const refused = (options: object) => {
  try {
    setOf(options);
  } catch (error) {
    return (error as InvalidOptions).mistakes.map((mistake) => /^[^ :]+/.exec(mistake)?.[0] ?? '');
  }
  throw new Error('was not refused');
};

it('takes https anywhere, and http on loopback only', () => {
  for (const url of [
    'https://issuer.example/keys',
    'http://localhost:1/',
    'http://127.0.0.9/',
    'http://[::1]:9/',
  ])
    expect(() => setOf({ url })).not.toThrow();
  for (const url of [
    'http://issuer.example/keys',
    'http://127.0.0.1.example/',
    'http://localhost.example/',
    'http://10.0.0.1/',
    'file:///etc/keys',
    'data:application/json,{}',
    'ftp://127.0.0.1/',
    '/keys',
    '',
    7,
    'https://user:secret@issuer.example/',
    'http://user@127.0.0.1/',
  ])
    expect(refused({ url })).toEqual(['url']);
});

it('names what is out of range', () => {
  for (const name of ['timeoutMs', 'maxBytes', 'maxAgeSeconds', 'cooldownSeconds', 'maxStaleSeconds'])
    for (const value of [0, -1, Number.NaN, '9', Infinity])
      expect(refused({ [name]: value })).toContain(name);
  expect(refused({ cooldownSeconds: 601 })).toEqual(['cooldownSeconds']);
  expect(refused({ maxAgeSeconds: 3601 })).toEqual(['maxStaleSeconds']);
  expect(refused({ clock: Date })).toEqual(['clock']);
});
