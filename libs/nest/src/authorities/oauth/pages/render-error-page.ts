import { html } from './html.js';
import { WARNING } from './page-signs.js';
import type { ErrorView } from './page-views.js';
import { renderFrame } from './render-frame.js';
import { shownText } from './shown-text.js';
import { textsIn } from './texts-in.js';

const LONGEST_ID = 64;

/** The page where the way ends, as HTML. It says nothing of what was received, and leads nowhere. */
export function renderErrorPage({ language, kind, requestId }: ErrorView): string {
  const { errors, reference } = textsIn(language);
  const { heading, what, next } = errors[kind];
  return renderFrame({
    language,
    title: heading,
    content: html`
      ${WARNING}
      <h1>${heading}</h1>
      <p>${what}</p>
      <p>${next}</p>
      <p class="quiet rule">${reference}: <code>${shownText(requestId, LONGEST_ID)}</code></p>
    `,
  });
}
