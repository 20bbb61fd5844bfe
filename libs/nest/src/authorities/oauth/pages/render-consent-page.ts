import { html, type Html } from './html.js';
import { isolate, nameOfApp } from './shown-names.js';
import { SHIELD, TICK } from './page-signs.js';
import type { ConsentTexts } from './page-texts.js';
import type { ConsentView } from './page-views.js';
import { renderFrame } from './render-frame.js';
import { shownText } from './shown-text.js';
import { textsIn } from './texts-in.js';

/** As much as says what a scope allows. */
const LONGEST_SCOPE = 200;

/**
 * The page that asks whether an app may do what it asks for, as HTML. Its form posts `interaction` and `decision`: `allow` or
 * `deny`. No button has the focus: a key that was pressed for something else shall not decide.
 */
export function renderConsentPage(view: ConsentView): string {
  const { language } = view;
  const texts = textsIn(language).consent;
  const appName = nameOfApp(view.appName, language);
  const app = isolate(appName);
  return renderFrame({
    language,
    title: `${texts.title} – ${appName}`,
    content: html`
      ${SHIELD}
      <h1>${texts.heading(app)}</h1>
      <p class="quiet">${texts.signedInAs(isolate(view.username))}</p>
      ${renderScopes(view, texts, app)}
      <p>${texts.caution}</p>
      <form method="post" action="${view.action}">
        <input type="hidden" name="interaction" value="${view.interaction}" autocomplete="off" />
        <div class="choices">
          <button class="first" name="decision" value="allow">${texts.allow}</button>
          <button name="decision" value="deny">${texts.deny}</button>
        </div>
      </form>
      <p class="quiet rule">${texts.afterwards(isolate(view.redirectHost))}</p>
    `,
  });
}

function renderScopes({ scopes, resourceName }: ConsentView, texts: ConsentTexts, app: Html): Html {
  if (scopes.length === 0) return html`<p>${texts.asksForNothing(app)}</p>`;
  const asks = resourceName === undefined ? texts.asks(app) : texts.asksAt(app, isolate(resourceName));
  const items = scopes.map(({ name, words }) => {
    const shown = shownText(words, LONGEST_SCOPE) || shownText(name, LONGEST_SCOPE);
    return html`<li>${TICK}<span dir="auto">${shown}</span></li>`;
  });
  return html`
    <p id="asks">${asks}</p>
    <ul role="list" aria-labelledby="asks">
      ${items}
    </ul>
  `;
}
