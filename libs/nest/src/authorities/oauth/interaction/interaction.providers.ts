import type { Provider } from '@nestjs/common';
import { AnswerSender } from '../answers/answer-sender.js';
import { RefusalAnswers } from '../answers/refusal-answers.js';
import { OfferedScopes } from '../requests/offered-scopes.js';
import { PushedRequests } from '../requests/pushed-requests.js';
import { AnswerConsent } from './answer-consent.js';
import { AnswerSignIn } from './answer-sign-in.js';
import { AuthorizeApp } from './authorize-app.js';
import { BrowserCookies } from './browser-cookies.js';
import { InteractionDecisions } from './interaction-decisions.js';
import { InteractionPages } from './interaction-pages.js';
import { Interactions } from './interactions.js';
import { JudgeRequest } from './judge-request.js';
import { SealedInteractions } from './sealed-interactions.js';

/** What takes an authorization request from the browser to the app's answer. */
export const INTERACTION_PROVIDERS: Provider[] = [
  AnswerSender,
  RefusalAnswers,
  OfferedScopes,
  PushedRequests,
  AnswerConsent,
  AnswerSignIn,
  AuthorizeApp,
  BrowserCookies,
  InteractionDecisions,
  InteractionPages,
  Interactions,
  JudgeRequest,
  SealedInteractions,
];
