import { formatHawkStaleChallenge, formatServerAuthorization } from './hawk.js';
import { parseHawkStaleChallenge, parseServerAuthorization } from './hawk-answers.js';

const tsm = 'h/Ff6XI1euObD78ZNflapvLKXGuaw1RiLI4Q6Q5sAbM=';

describe('The challenge of a stale Hawk signature', () => {
  it('is read as it is written', () => {
    expect(parseHawkStaleChallenge(formatHawkStaleChallenge({ ts: 1365741469, tsm }))).toEqual({
      ts: 1365741469,
      tsm,
    });
  });

  it.each([
    'Hawk',
    '',
    'Bearer',
    `Bearer ts="1365741469", tsm="${tsm}"`,
    'Hawk ts="1365741469"',
    `Hawk tsm="${tsm}"`,
    'Hawk ts="1365741469", tsm=""',
    `Hawk ts="1e9", tsm="${tsm}"`,
    `Hawk ts="-1", tsm="${tsm}"`,
    `Hawk ts="01365741469", tsm="${tsm}"`,
    `Hawk ts="1365741469", ts="1365741470", tsm="${tsm}"`,
    `Hawk ts="1365741469", tsm="${tsm}", Bearer realm="x"`,
    `Hawk ts="1365741469", tsm="${tsm}"${' '.repeat(5000)}`,
  ])('is not read from %j', (field) => {
    expect(parseHawkStaleChallenge(field)).toBeUndefined();
  });
});

describe('Server-Authorization', () => {
  it.each([{ mac: 'bWFj' }, { mac: 'bWFj', hash: 'aGFzaA==' }])('is read as it is written: %j', (said) => {
    expect(parseServerAuthorization(formatServerAuthorization(said))).toEqual(said);
  });

  it('may carry a text of the server', () => {
    expect(parseServerAuthorization('Hawk mac="bWFj", hash="aGFzaA==", ext="response-specific"')).toEqual({
      mac: 'bWFj',
      hash: 'aGFzaA==',
      ext: 'response-specific',
    });
  });

  it.each(['', 'Hawk ', 'Hawk hash="aGFzaA=="', 'Hawk mac=""', 'Hawk mac="a", mac="b"', 'Key mac="a"'])(
    'is not read from %j',
    (field) => {
      expect(parseServerAuthorization(field)).toBeUndefined();
    },
  );
});
