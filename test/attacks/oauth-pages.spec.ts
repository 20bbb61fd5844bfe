import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { naughtyText } from '../support/naughty.js';
import {
  escapeHtml,
  html,
  pageHeaders,
  renderConsentPage,
  renderErrorPage,
  renderSignInPage,
  type Html,
  type Language,
} from '../../libs/nest/src/authorities/oauth/pages/index.js';
import { textsIn } from '../../libs/nest/src/authorities/oauth/pages/texts-in.js';

const LANGUAGES: readonly Language[] = ['en', 'de'];
const KINDS = ['client', 'redirect', 'request', 'expired', 'unavailable', 'used'] as const;

const signInView = { language: 'en', appName: 'Tea', action: '/oauth/sign-in', interaction: 'i1' } as const;

/** Every page with one text in every place that somebody else may have written. */
const pagesWith = (text: string): string[] => [
  renderSignInPage({ ...signInView, appName: text, interaction: text, username: text, failure: 'wrong' }),
  renderConsentPage({
    language: 'de',
    appName: text,
    username: text,
    resourceName: text,
    scopes: [
      { name: 'tea:read', words: text },
      { name: text, words: '' },
    ],
    action: text,
    interaction: text,
    redirectHost: text,
  }),
  renderErrorPage({ language: 'en', kind: 'client', requestId: text }),
];

/** What makes markup of a page, without the words between. */
const skeletonOf = (page: string) => page.replace(/<style>[^]*<\/style>/, '').replace(/[^<>"']/g, '');

describe('html', () => {
  it('escapes all that is interpolated, unless it was made by html', () => {
    const text = `<b title="x" id='y'>&amp;</b>`;
    const escaped = '&lt;b title=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/b&gt;';
    expect(escapeHtml(text)).toBe(escaped);
    expect(String(html`<p>${text}${html`<i>${text}</i>`}${[html`<hr />`, html`${7}`]}${undefined}</p>`)).toBe(
      `<p>${escaped}<i>${escaped}</i><hr />7</p>`,
    );
  });

  it('escapes what only looks as if html had made it', () => {
    const forged = { toString: () => '<b>', '#text': '<b>' } as unknown as Html;
    const listed = ['<b>'] as unknown as Html[];
    expect(String(html`${forged}${listed}`)).toBe('&lt;b&gt;&lt;b&gt;');
  });

  it('replaces what HTML cannot carry', () => {
    expect(escapeHtml('a\0b\u001bc\ud800d\uffffe\tf\n🐈')).toBe('a\ufffdb\ufffdc\ufffdd\ufffde\tf\n🐈');
  });
});

describe('the pages', () => {
  it('are the same markup, whatever texts they are given', () => {
    const expected = pagesWith('plain words').map(skeletonOf);
    fc.assert(
      fc.property(naughtyText, (text) => expect(pagesWith(text).map(skeletonOf)).toEqual(expected)),
      { numRuns: 300 },
    );
  });

  it('show of a name one line, of bounded length, that turns nothing around it', () => {
    const page = renderSignInPage({
      ...signInView,
      appName: `\u202eknaB\u2066\n\n${'é\u0301\u0301\u0301\u0301\u0301\u0301\u0301'}${'w'.repeat(10_000)}`,
    });
    expect(page).toContain(`<bdi>knaB é\u0301\u0301\u0301\u0301${'w'.repeat(49)}…</bdi>`);
    expect(page).not.toContain('w'.repeat(60));
  });

  it.each(['', ' \u200b\u2066 ', '\u200d', '\u0301'])(
    'name an app that is called %j all the same',
    (appName) => {
      expect(renderSignInPage({ ...signInView, appName })).toContain('<bdi>App without a name</bdi>');
    },
  );

  it('show the whole host that is returned to, since its end says whose it is', () => {
    const redirectHost = `login.bank.example.${'a.'.repeat(100)}evil.example`;
    const page = renderConsentPage({ ...signInView, username: 'ada', scopes: [], redirectHost });
    expect(page).toContain(`<bdi>${redirectHost}</bdi>`);
  });

  it('keep the username, and never a password', () => {
    const page = renderSignInPage({ ...signInView, username: 'ada@example.org', failure: 'wrong' });
    expect(/<input\s+id="username"[^>]*>/.exec(page)?.[0]).toContain('value="ada@example.org"');
    expect(/<input\s+id="password"[^>]*>/.exec(page)?.[0]).not.toContain('value=');
    expect(renderSignInPage({ ...signInView, username: 'a'.repeat(257) })).not.toContain('aaa');
  });

  it.each([
    [1, 'in 1 second'],
    [59.2, 'in 60 seconds'],
    [61, 'in 2 minutes'],
    [3600, 'in 60 minutes'],
    [3601, 'in 2 hours'],
  ])('say of %d seconds that one has to wait "%s"', (retryAfterSeconds, words) => {
    const page = renderSignInPage({ ...signInView, failure: 'wait', retryAfterSeconds });
    expect(page).toContain(`You can try again ${words}.`);
  });

  it.each([undefined, 0, -1, NaN, Infinity])('name no time to wait where there is none (%p)', (seconds) => {
    const view = {
      ...signInView,
      failure: 'wait',
      ...(seconds !== undefined && { retryAfterSeconds: seconds }),
    };
    expect(renderSignInPage(view as Parameters<typeof renderSignInPage>[0])).toContain('Wait a while');
  });
});

/** All texts of a language by their path; those with holes are filled. */
function textsOf(texts: object, path = ''): [string, string][] {
  return Object.entries(texts).flatMap(([name, text]: [string, unknown]) => {
    if (typeof text === 'object' && text !== null) return textsOf(text, `${path}${name}.`);
    const filled = typeof text === 'function' ? String(text(html`{1}`, html`{2}`)) : text;
    return [[`${path}${name}`, filled as string] as [string, string]];
  });
}

describe('the texts', () => {
  const [english, german] = LANGUAGES.map((language) => new Map(textsOf(textsIn(language)))) as [
    Map<string, string>,
    Map<string, string>,
  ];

  it('are there in both languages, with the same holes, and are translated', () => {
    expect([...german.keys()]).toEqual([...english.keys()]);
    for (const [name, text] of english) {
      const translated = german.get(name) ?? '';
      expect([name, translated.match(/\{\d\}/g)?.toSorted()]).toEqual([
        name,
        text.match(/\{\d\}/g)?.toSorted(),
      ]);
      expect([name, text.trim()]).not.toEqual([name, '']);
      expect([name, translated]).not.toEqual([name, text]);
    }
  });

  it.each(LANGUAGES)('stand on the pages in %s', (language) => {
    const { errors, signIn, consent } = textsIn(language);
    const signInPage = renderSignInPage({ ...signInView, language, failure: 'again' });
    for (const text of [`lang="${language}"`, `<title>${signIn.titleAfterFailure} – Tea<`, signIn.again])
      expect(signInPage).toContain(text);
    const consentPage = renderConsentPage({
      ...signInView,
      language,
      username: 'ada',
      scopes: [{ name: 'tea:read', words: 'Tee sehen' }],
      redirectHost: 'tea.example',
    });
    for (const text of [
      `<title>${consent.title} – Tea<`,
      consent.deny,
      'Tee sehen',
      '<bdi>tea.example<',
      '<bdi>ada<',
    ])
      expect(consentPage).toContain(text);
    for (const kind of KINDS) {
      const page = renderErrorPage({ language, kind, requestId: 'r-1' });
      for (const text of [`<h1>${errors[kind].heading}<`, errors[kind].what, errors[kind].next, '<code>r-1<'])
        expect(page).toContain(text);
    }
  });
});

describe('the headers of a page', () => {
  const policyOf = (formAction?: string) =>
    pageHeaders({ language: 'en', ...(formAction !== undefined && { formAction }) })[
      'Content-Security-Policy'
    ];

  it('F21 keep codes out of referrers, caches, frames and foreign content', () => {
    const { 'Content-Security-Policy': policy, ...others } = pageHeaders({ language: 'de' });
    expect(others).toEqual({
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Language': 'de',
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
    });
    expect(policy?.replace(/sha256-[\w+/]{43}=/, '')).toBe(
      "default-src 'none'; style-src ''; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    );
  });

  it('allow the style that is sent, and it alone', () => {
    for (const page of pagesWith('plain words')) {
      const styles = [...page.matchAll(/<style>([^]*?)<\/style>/g)].map(([, style]) => style as string);
      const hashes = styles.map((style) => `'sha256-${createHash('sha256').update(style).digest('base64')}'`);
      expect(policyOf()).toContain(`style-src ${hashes.join(' ')};`);
      expect(page).not.toMatch(/<script|<link|\sstyle=|\son\w+=|\ssrc=/);
    }
  });

  it.each([
    ['https://app.example/callback?a=b#c', 'https://app.example'],
    ['https://app.example:8443', 'https://app.example:8443'],
    ['https://user:word@app.example/', 'https://app.example'],
    ['https://bücher.example/', 'https://xn--bcher-kva.example'],
    ['com.example.bank:/callback', 'com.example.bank:'],
    ['com.example.bank:', 'com.example.bank:'],
    ['http://127.0.0.1:51000/callback', 'http://127.0.0.1:51000'],
    ['http://127.0.0.2/', 'http:'],
    ['http://[::1]:51000/callback', 'http:'],
    ['https:', 'https:'],
    ["https://a.example;script-src'unsafe-inline'/", 'https:'],
  ])('allow an answer that leads to %s as %s', (redirectUri, source) => {
    expect(policyOf(redirectUri)).toContain(`; form-action 'self' ${source}; frame-ancestors`);
  });

  it.each(['', '/callback', "'unsafe-inline'", '*', 'x; script-src *', 'a b:'])(
    'refuse %j as a target',
    (target) => {
      expect(() => policyOf(target)).toThrow('Invalid URL');
    },
  );
});
