import { html, type Html } from './html.js';
import { isolate, nameOfApp } from './shown-names.js';
import { LOCK } from './page-signs.js';
import type { SignInTexts } from './page-texts.js';
import type { SignInView } from './page-views.js';
import { renderFrame } from './render-frame.js';
import { sayWait } from './say-wait.js';
import { textsIn } from './texts-in.js';

/** More is nobody's username, and is not shown again. */
const LONGEST_KEPT_USERNAME = 256;

/** The page for signing in, as HTML. Its form posts `interaction`, `username`, `password` and `decision`: `sign-in` or `cancel`. */
export function renderSignInPage(view: SignInView): string {
  const { language, failure } = view;
  const texts = textsIn(language).signIn;
  const appName = nameOfApp(view.appName, language);
  const app = isolate(appName);
  const heading = failure === undefined ? texts.heading : texts.titleAfterFailure;
  return renderFrame({
    language,
    title: `${heading} – ${appName}`,
    content: html`
      ${LOCK}
      <h1>${texts.heading}</h1>
      <p class="quiet">${texts.lead(app)}</p>
      ${renderFailure(view, texts)}
      <form method="post" action="${view.action}">
        <input type="hidden" name="interaction" value="${view.interaction}" autocomplete="off" />
        ${renderFields(view, texts)}
        <div class="choices">
          <button class="first" name="decision" value="sign-in">${texts.signIn}</button>
          <button name="decision" value="cancel" formnovalidate>${texts.cancel}</button>
        </div>
      </form>
      <p class="quiet rule">${texts.passwordStaysHere(app)}</p>
    `,
  });
}

/** Has the focus when it is better to wait than to type. */
function renderFailure({ language, failure, retryAfterSeconds }: SignInView, texts: SignInTexts): Html {
  if (failure === undefined) return html``;
  if (failure !== 'wait') return html`<div class="alert" id="failure" role="alert">${texts[failure]}</div>`;
  const when = sayWait(language, retryAfterSeconds);
  const text = when === undefined ? texts.wait : texts.waitUntil(when);
  return html`<div class="alert" id="failure" role="alert" tabindex="-1" autofocus>${text}</div>`;
}

function renderFields({ username = '', failure }: SignInView, texts: SignInTexts): Html {
  const kept = username.length > LONGEST_KEPT_USERNAME ? '' : username;
  const described = failure && html`aria-describedby="failure"`;
  // Both, since it is not said which of them is wrong.
  const state = failure === 'wrong' ? html`${described} aria-invalid="true"` : described;
  const focus = (isFilledIn: boolean) =>
    failure !== 'wait' && isFilledIn === (kept !== '') ? html`autofocus` : undefined;
  return html`
    <div class="field">
      <label for="username">${texts.username}</label>
      <input
        id="username"
        name="username"
        value="${kept}"
        autocomplete="username"
        autocapitalize="none"
        autocorrect="off"
        spellcheck="false"
        dir="auto"
        required
        ${state}
        ${focus(false)}
      />
    </div>
    <div class="field">
      <label for="password">${texts.password}</label>
      <input
        id="password"
        name="password"
        type="password"
        autocomplete="current-password"
        required
        ${state}
        ${focus(true)}
      />
    </div>
  `;
}
