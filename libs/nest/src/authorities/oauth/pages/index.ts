export type { ConsentView, ErrorView, Language, SignInView } from './page-views.js';
export { chooseLanguage } from './choose-language.js';
export { escapeHtml } from './escape-html.js';
export { html, type Html, type Interpolated } from './html.js';
export { PAGE_HEADERS, pageHeaders, type PageHeadersOptions } from './page-headers.js';
export { renderConsentPage } from './render-consent-page.js';
export { renderErrorPage } from './render-error-page.js';
export { renderSignInPage } from './render-sign-in-page.js';
