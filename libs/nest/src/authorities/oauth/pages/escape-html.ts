const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const MARKUP = /[&<>"']/g;

/** What HTML cannot carry (HTML Living Standard §13.2.3.5), half surrogate pairs among it. */
const NOT_CARRIED = /(?![\t\n\r])[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** Text as the content of an element or of an attribute in quotes. It is no URL's, style's or script's escaping. */
export function escapeHtml(text: string): string {
  return text.replace(NOT_CARRIED, '\ufffd').replace(MARKUP, (mark) => REFERENCES[mark] as string);
}
