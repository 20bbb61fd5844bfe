import { parseOrigin, type Origin } from '@portcullis/wire';
import fc from 'fast-check';
import { requestTarget } from './request-target.js';

const origin = parseOrigin('https://api.example.com') as Origin;

describe('A request’s target', () => {
  it('is left as it is by a URL parser, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (path, query) => {
        const written = `/${path}?${query}`;
        let target: string;
        try {
          target = requestTarget(written, origin);
        } catch (error) {
          expect((error as Error).message).toContain('segments');
          return;
        }
        expect(new URL(origin.text + target).href).toBe(origin.text + target);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['/accounts?limit=10&after=a%2Fb', '/accounts?limit=10&after=a%2Fb'],
    ['/a b/ä?q=a b&r=\'"', '/a%20b/%C3%A4?q=a%20b&r=%27%22'],
    ['/a#fragment', '/a'],
    ['/a?', '/a?'],
    ['/a\\b\t^|`{}', '/a%5Cb%09%5E%7C%60%7B%7D'],
    ['//elsewhere.example/a', '//elsewhere.example/a'],
    ['https://api.example.com', '/'],
    ['https://api.example.com?a=1', '/?a=1'],
    ['https://api.example.com/a?b', '/a?b'],
  ])('of %s is %s', (input, target) => {
    expect(requestTarget(input, origin)).toBe(target);
  });

  it.each([
    'accounts',
    '',
    'https://elsewhere.example/',
    'http://api.example.com/',
    'https://api.example.com@elsewhere.example/',
    'https://api.example.com.elsewhere.example/',
    'https://api.example.com:8443/',
    'https://user:password@api.example.com/',
  ])('is not taken from %s, to which credentials would go', (input) => {
    expect(() => requestTarget(input, origin)).toThrow(
      new TypeError('expected a path, or a URL of https://api.example.com'),
    );
  });

  it.each(['/a/../b', '/./a', '/a/..', '/a/%2e%2E/b', '/.%2e/a', '/a/.?b'])(
    'does not climb out of its path: %s',
    (input) => {
      expect(() => requestTarget(input, origin)).toThrow(TypeError);
    },
  );
});
