import { escapeHtml } from './escape-html.js';

/** Markup that `html` has made. Its class stays here, so that nobody declares a received text to be markup. */
class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

export type { Html };

/** Text is escaped, markup made by `html` stands as it is, and `undefined` leaves nothing. */
export type Interpolated = Html | readonly Html[] | string | number | undefined;

/** Tags a template as markup: all that is interpolated is escaped, unless `html` made it. Attributes need their quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Interpolated[]): Html {
  return new Html(parts.map((part, at) => part + markupOf(values[at])).join(''));
}

function markupOf(value: Interpolated): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(markupOf).join('');
  return escapeHtml(String(value));
}
