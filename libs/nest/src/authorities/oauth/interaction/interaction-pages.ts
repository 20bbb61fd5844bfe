import { Injectable } from '@nestjs/common';
import type { InboundRequest } from '../../../pipeline/index.js';
import type { ClientApp } from '../../apps/index.js';
import { TokenOptions } from '../../tokens/index.js';
import { endpointUrl } from '../protocol/endpoint-url.js';
import { OAuthOptions } from '../oauth.options.js';
import {
  chooseLanguage,
  pageHeaders,
  renderConsentPage,
  renderSignInPage,
  type Language,
  type SignInView,
} from '../pages/index.js';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';

/** Whose request a page is about, and where its form leads. */
export interface PageSubject {
  readonly inbound: InboundRequest;
  readonly client: ClientApp;
  readonly redirectUri: string;
  /** The hidden field. */
  readonly interaction: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type SignInFailure = Pick<SignInView, 'username' | 'failure' | 'retryAfterSeconds'>;

export interface ConsentQuestion {
  readonly username: string;
  readonly resourceName: string | undefined;
  readonly scopes: readonly string[];
}

const STATUS_OF_FAILURE = { wrong: 200, wait: 429, again: 503 } as const;

/** The pages with forms, in the language of whoever looks at them. */
@Injectable()
export class InteractionPages {
  constructor(
    private readonly tokens: TokenOptions,
    private readonly options: OAuthOptions,
  ) {}

  /** A path: what the browser's page is at may be reached under another name. */
  private get action(): string {
    return new URL(endpointUrl(this.tokens.issuer, 'interaction')).pathname;
  }

  signIn(subject: PageSubject, failed: SignInFailure = {}): ExchangeAnswer {
    const { inbound, client, interaction } = subject;
    const language = languageOf(inbound);
    const { action } = this;
    const html = renderSignInPage({ language, appName: client.name, action, interaction, ...failed });
    const status = failed.failure === undefined ? 200 : STATUS_OF_FAILURE[failed.failure];
    return pageOf(subject, { language, html, status });
  }

  consent(subject: PageSubject, { username, resourceName, scopes }: ConsentQuestion): ExchangeAnswer {
    const { inbound, client, interaction, redirectUri } = subject;
    const language = languageOf(inbound);
    const html = renderConsentPage({
      language,
      appName: client.name,
      username,
      ...(resourceName !== undefined && { resourceName }),
      scopes: scopes.map((name) => ({ name, words: this.wordsOf(name, language) })),
      action: this.action,
      interaction,
      redirectHost: placeOf(redirectUri),
    });
    return pageOf(subject, { language, html, status: 200 });
  }

  private wordsOf(scope: string, language: Language): string {
    const words = this.options.scopeWords.get(scope);
    return words?.[language] ?? words?.en ?? scope;
  }
}

function languageOf(inbound: InboundRequest): Language {
  return chooseLanguage(inbound.header('accept-language'));
}

function pageOf(
  { redirectUri, headers = {} }: PageSubject,
  { language, html, status }: { language: Language; html: string; status: number },
): ExchangeAnswer {
  const all = { ...headers, ...pageHeaders({ language, formAction: redirectUri }) };
  return { kind: 'page', status, html, headers: all };
}

/** Of a website its host, of an app the scheme that is its own. */
function placeOf(redirectUri: string): string {
  const { protocol, host } = new URL(redirectUri);
  return host === '' || !/^https?:$/.test(protocol) ? protocol.slice(0, -1) : host;
}
