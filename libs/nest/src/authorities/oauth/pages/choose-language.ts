import type { Language } from './page-views.js';

/** In the order in which they are taken where nobody prefers any. */
const LANGUAGES: readonly Language[] = ['en', 'de'];

/** No browser sends more. What lies beyond is not looked at. */
const LONGEST_HEADER = 1000;

const RANGE = /^(\*|[a-z]{1,8})(?:-[a-z0-9-]+)?(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * The language of a page by `Accept-Language` (RFC 9110 §12.5.4): the heaviest of ours, by the order written among equals, and
 * `*` for those not named. A malformed range counts for nothing; English where nothing fits.
 */
export function chooseLanguage(acceptLanguage: string | undefined): Language {
  const ranges = (acceptLanguage ?? '').slice(0, LONGEST_HEADER).split(',').flatMap(readRange);
  const weights = new Map<string, number>();
  for (const { language, weight } of ranges)
    weights.set(language, Math.max(weight, weights.get(language) ?? 0));

  const asked = [...weights.keys()];
  const placeOf = (language: string) => asked.indexOf(weights.has(language) ? language : '*');
  const weightOf = (language: string) => weights.get(language) ?? weights.get('*');
  const [best] = LANGUAGES.filter((language) => (weightOf(language) ?? 0) > 0).toSorted(
    (one, other) => (weightOf(other) ?? 0) - (weightOf(one) ?? 0) || placeOf(one) - placeOf(other),
  );
  return best ?? LANGUAGES.find((language) => weightOf(language) === undefined) ?? 'en';
}

function readRange(text: string): { language: string; weight: number }[] {
  const [, language, weight = '1'] = RANGE.exec(text.trim()) ?? [];
  return language === undefined ? [] : [{ language: language.toLowerCase(), weight: Number(weight) }];
}
