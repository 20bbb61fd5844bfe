import { html, type Html } from './html.js';

/** Pictures that say nothing which is not written beside them. They are part of the page: a policy that allows no image allows them. */
function draw(className: string, lines: Html): Html {
  return html`<svg
    class="${className}"
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    stroke-width="2"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    ${lines}
  </svg>`;
}

export const LOCK = draw(
  'sign',
  html`<rect x="4" y="11" width="16" height="10" rx="2.5" /> <path d="M8 11V7a4 4 0 0 1 8 0v4" />`,
);

export const SHIELD = draw(
  'sign',
  html`<path d="M12 3 5 5.5V11c0 4.6 2.9 8.2 7 10 4.1-1.8 7-5.4 7-10V5.5z" />
    <path d="m9 11.8 2.2 2.2 4-4.2" />`,
);

export const WARNING = draw(
  'sign alarming',
  html`<circle cx="12" cy="12" r="9" />
    <path d="M12 7.5v5.5" />
    <path d="M12 16.5v.01" />`,
);

export const TICK = draw('tick', html`<path d="m5 12.5 4.5 4.5L19 7.5" />`);
