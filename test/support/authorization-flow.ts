import { createHash, randomBytes } from 'node:crypto';
import { noteSecret } from './log-book.js';

/** What a browser is shown: a page, or the redirect that it would follow. */
export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
  /** Of a redirect, as it was sent. */
  readonly location: string | undefined;
  /** Hidden field of the page's form. */
  readonly interaction: string | undefined;
}

export type FormFields = Readonly<Record<string, string>>;

/** A browser without scripts: cookies, forms, and redirects that are looked at instead of followed. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();

  constructor(
    private readonly url: string,
    private readonly headers: Readonly<Record<string, string>> = { 'Accept-Language': 'en' },
  ) {}

  /** Another one that has kept the same, as it is now. */
  another(): TestBrowser {
    const other = new TestBrowser(this.url, this.headers);
    for (const [name, value] of this.cookies) other.cookies.set(name, value);
    return other;
  }

  open(parameters: FormFields | string): Promise<Shown> {
    return this.ask(`/oauth/authorize?${new URLSearchParams(parameters)}`, { method: 'GET' });
  }

  /** Sends the form of a page, with what was typed and the button that was pressed. */
  send(page: Shown, fields: FormFields, headers: FormFields = {}): Promise<Shown> {
    const action = /<form method="post" action="([^"]+)"/.exec(page.html)?.[1];
    if (action === undefined || page.interaction === undefined) throw new Error(`no form: ${page.status}`);
    const body = new URLSearchParams({ interaction: page.interaction, ...fields }).toString();
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
    return this.ask(action, { method: 'POST', headers: { ...form, ...headers }, body });
  }

  private async ask(target: string, init: RequestInit): Promise<Shown> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...this.headers, ...(init.headers as FormFields), ...(cookie && { Cookie: cookie }) };
    const answer = await fetch(this.url + target, { ...init, headers, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) this.keep(line);
    const html = await answer.text();
    return {
      status: answer.status,
      headers: answer.headers,
      html,
      location: answer.headers.get('location') ?? undefined,
      interaction: /name="interaction" value="([^"]+)"/.exec(html)?.[1],
    };
  }

  private keep(line: string): void {
    const [pair = ''] = line.split(';');
    const at = pair.indexOf('=');
    this.cookies.set(pair.slice(0, at), noteSecret(pair.slice(at + 1)));
  }
}

/** A verifier, and its `S256` challenge (RFC 7636 §4.2). */
export function pkcePair(): { readonly verifier: string; readonly challenge: string } {
  const verifier = noteSecret(randomBytes(32).toString('base64url'));
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Parameters of a whole authorization request for a code; with a value of undefined one is left out. */
export function codeRequest(
  clientId: string,
  redirectUri: string,
  others: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const all = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: pkcePair().challenge,
    code_challenge_method: 'S256',
    state: 'a state',
    ...others,
  };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

/** What the app is told, by query or fragment. */
export function toldToApp(shown: Shown): Record<string, string> {
  const [, told] = /[?#](.*)$/s.exec(shown.location ?? '') ?? [];
  const all = Object.fromEntries(new URLSearchParams(told ?? ''));
  for (const name of ['code', 'access_token']) if (all[name] !== undefined) noteSecret(all[name]);
  return all;
}

/** From the request to the app's answer: signs in, and allows what is asked for where it is asked. */
export async function authorize(
  browser: TestBrowser,
  request: FormFields,
  user: { readonly username: string; readonly password: string },
): Promise<Shown> {
  const signIn = await browser.open(request);
  const next = await browser.send(signIn, { ...user, decision: 'sign-in' });
  return next.location === undefined ? browser.send(next, { decision: 'allow' }) : next;
}
