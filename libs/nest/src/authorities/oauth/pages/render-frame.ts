import { html, type Html } from './html.js';
import { STYLE_ELEMENT } from './page-style.js';
import type { Language } from './page-views.js';

export interface Frame {
  readonly language: Language;
  readonly title: string;
  readonly content: Html;
}

/** What is around the content of every page. */
export function renderFrame({ language, title, content }: Frame): string {
  const page = html`<!doctype html>
    <html lang="${language}" dir="ltr">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="format-detection" content="telephone=no" />
        <title>${title}</title>
        ${STYLE_ELEMENT}
      </head>
      <body>
        <main>${content}</main>
      </body>
    </html> `;
  return page.toString();
}
