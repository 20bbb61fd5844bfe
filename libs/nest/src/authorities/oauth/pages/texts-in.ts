import { GERMAN } from './page-texts.de.js';
import { ENGLISH } from './page-texts.en.js';
import type { PageTexts } from './page-texts.js';
import type { Language } from './page-views.js';

const TEXTS: Readonly<Record<Language, PageTexts>> = { en: ENGLISH, de: GERMAN };

export function textsIn(language: Language): PageTexts {
  return TEXTS[language];
}
