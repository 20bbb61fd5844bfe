import { chooseLanguage } from './choose-language.js';

describe('the language of a page, by Accept-Language (RFC 9110 §12.5.4)', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['DE-at', 'de'],
    ['de-CH-1996, en;q=0.9', 'de'],
    ['en-GB,en;q=0.9,de;q=0.8', 'en'],
    ['en;q=0.8, de ; q=0.801', 'de'],
    ['de, en', 'de'],
    ['en, de', 'en'],
    ['fr, de;q=0.1', 'de'],
    ['fr-CH, tr;q=0.9', 'en'],
    ['*', 'en'],
    ['en;q=0.5, *', 'de'],
    ['de;q=0.5, *;q=0.1', 'de'],
    ['de;q=0', 'en'],
    ['en;q=0', 'de'],
    ['en;q=0, de;q=0', 'en'],
    ['de;q=1.000', 'de'],
    ['de;q=2, en;q=0.1', 'en'],
    ['de;q=0.0001', 'en'],
    ['den, dex, d', 'en'],
    ['de_DE', 'en'],
    ['en;q=0.1;;;, de', 'de'],
    [`${'xx,'.repeat(2000)}de`, 'en'],
    [`de;q=${'0'.repeat(5000)}`, 'en'],
    ['\0<script>', 'en'],
  ])('of %j is %s', (header, language) => {
    expect(chooseLanguage(header)).toBe(language);
  });
});
