import { html, type Html } from './html.js';
import { shownText } from './shown-text.js';
import { textsIn } from './texts-in.js';
import type { Language } from './page-views.js';

const LONGEST_NAME = 60;

/** More than any username or host has: a host that is cut off could end in another's name. */
const LONGEST = 300;

/** A name that a stranger chose, in a sentence of ours: whatever direction it is written in, it turns nothing around it. */
export function isolate(name: string): Html {
  return html`<bdi>${shownText(name, LONGEST)}</bdi>`;
}

/** An app's name for a title, where no element can stand; something in its place where nothing of it can be shown. */
export function nameOfApp(appName: string, language: Language): string {
  return shownText(appName, LONGEST_NAME) || textsIn(language).namelessApp;
}
