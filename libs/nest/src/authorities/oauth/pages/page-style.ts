import { html } from './html.js';

/**
 * The one style of all pages. What allows takes no click at first: the second one of a double click was meant for the page before.
 * Colours are at 4.5 : 1 and more, and the edges of fields at 3 : 1, in the light and in the dark.
 */
export const STYLE_ELEMENT = html`
  <style>
    :root {
      color-scheme: light dark;
      --ground: #eef1f5;
      --sheet: #ffffff;
      --ink: #16212d;
      --quiet: #4b5969;
      --line: #d8dfe7;
      --edge: #6c7a8a;
      --accent: #0b5aa8;
      --accent-pressed: #084783;
      --on-accent: #ffffff;
      --tint: #e6f0fa;
      --alarm: #a1161c;
      --alarm-ground: #fdeeee;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --ground: #0d1319;
        --sheet: #161f29;
        --ink: #e9eef4;
        --quiet: #aebac7;
        --line: #2c3947;
        --edge: #8392a3;
        --accent: #8fc3fb;
        --accent-pressed: #b3d7fd;
        --on-accent: #08233f;
        --tint: #1c3047;
        --alarm: #ffb4b0;
        --alarm-ground: #3a1b1d;
      }
    }
    * {
      box-sizing: border-box;
    }
    body {
      margin: 0;
      min-height: 100vh;
      min-height: 100dvh;
      display: grid;
      background: var(--sheet);
      color: var(--ink);
      font-family:
        system-ui,
        -apple-system,
        'Segoe UI',
        Roboto,
        'Helvetica Neue',
        Arial,
        sans-serif;
      font-size: 1rem;
      line-height: 1.5;
      overflow-wrap: anywhere;
      -webkit-text-size-adjust: 100%;
      text-size-adjust: 100%;
    }
    main {
      width: 100%;
      max-width: 28rem;
      margin: 0 auto;
      padding: 2rem 1.25rem;
    }
    @media (min-width: 30rem) {
      body {
        background: var(--ground);
        padding: 2rem 1rem;
      }
      main {
        margin: auto;
        padding: 2.5rem;
        background: var(--sheet);
        border: 1px solid var(--line);
        border-radius: 1.25rem;
        box-shadow:
          0 1px 2px rgb(12 24 40 / 6%),
          0 12px 32px rgb(12 24 40 / 8%);
      }
    }
    .sign {
      display: block;
      width: 3rem;
      height: 3rem;
      margin-bottom: 1.25rem;
      padding: 0.75rem;
      border-radius: 0.875rem;
      background: var(--tint);
      color: var(--accent);
    }
    .sign.alarming {
      background: var(--alarm-ground);
      color: var(--alarm);
    }
    h1 {
      margin: 0;
      font-size: 1.625rem;
      font-weight: 650;
      line-height: 1.25;
      letter-spacing: -0.01em;
    }
    p {
      margin: 0.75rem 0 0;
    }
    h1 + p {
      margin-top: 0.5rem;
    }
    bdi {
      font-weight: 600;
    }
    h1 bdi {
      font-weight: inherit;
    }
    .quiet {
      color: var(--quiet);
      font-size: 0.9375rem;
    }
    .quiet bdi {
      color: var(--ink);
    }
    .alert {
      margin-top: 1.5rem;
      padding: 0.75rem 1rem;
      border: 1px solid var(--alarm);
      border-radius: 0.625rem;
      background: var(--alarm-ground);
      color: var(--alarm);
    }
    .field {
      margin-top: 1.25rem;
    }
    label {
      display: block;
      margin-bottom: 0.375rem;
      font-weight: 600;
    }
    input {
      display: block;
      width: 100%;
      min-height: 3rem;
      padding: 0.625rem 0.875rem;
      border: 1px solid var(--edge);
      border-radius: 0.625rem;
      background: var(--sheet);
      color: var(--ink);
      font: inherit;
      font-size: max(1rem, 16px);
    }
    input[aria-invalid] {
      border-color: var(--alarm);
    }
    .choices {
      display: flex;
      flex-wrap: wrap;
      gap: 0.75rem;
      margin-top: 1.75rem;
    }
    button {
      flex: 1 1 9rem;
      min-height: 3rem;
      padding: 0.625rem 1.25rem;
      border: 1px solid var(--edge);
      border-radius: 0.625rem;
      background: transparent;
      color: var(--ink);
      font: inherit;
      font-weight: 600;
      cursor: pointer;
      touch-action: manipulation;
    }
    button.first {
      border-color: var(--accent);
      background: var(--accent);
      color: var(--on-accent);
    }
    button:hover {
      border-color: var(--ink);
    }
    button.first:hover,
    button.first:active {
      border-color: var(--accent-pressed);
      background: var(--accent-pressed);
    }
    :focus-visible {
      outline: 3px solid var(--accent);
      outline-offset: 2px;
    }
    ul {
      margin: 1rem 0 0;
      padding: 0;
      list-style: none;
      border: 1px solid var(--line);
      border-radius: 0.75rem;
    }
    ul + p {
      margin-top: 1.25rem;
    }
    li {
      display: flex;
      gap: 0.75rem;
      padding: 0.75rem 1rem;
    }
    li + li {
      border-top: 1px solid var(--line);
    }
    .tick {
      flex: none;
      width: 1.25rem;
      height: 1.5rem;
      color: var(--accent);
    }
    .rule {
      margin-top: 1.5rem;
      padding-top: 1rem;
      border-top: 1px solid var(--line);
    }
    code {
      font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
      font-size: 0.875rem;
      color: var(--ink);
    }
    button[value='allow'] {
      animation: settle 0.5s;
    }
    @keyframes settle {
      from,
      99% {
        pointer-events: none;
      }
    }
    @media (prefers-reduced-motion: no-preference) {
      button {
        transition:
          background-color 120ms,
          border-color 120ms;
      }
    }
    @media (forced-colors: active) {
      .sign,
      .tick {
        color: CanvasText;
      }
    }
  </style>
`;

const [, style = ''] = /<style>([^]*)<\/style>/.exec(STYLE_ELEMENT.toString()) ?? [];

/** What stands inside of the element, to the byte: what a policy's hash is of (CSP Level 3 §6.7.3.3). */
export const PAGE_STYLE = style;
