import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';

/** RFC 9700 §4.12: what follows is asked for with GET, so that no form, nor the password in it, goes along. */
const SEE_OTHER = 303;
const NOTHING_KEPT = Object.freeze({ 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' });

/** Sends to a browser what it is answered, on either adapter. */
@Injectable()
export class AnswerSender {
  constructor(private readonly adapters: HttpAdapterHost) {}

  send(response: object, answer: ExchangeAnswer): void {
    switch (answer.kind) {
      case 'page':
        return this.reply(response, answer);
      case 'redirect':
        // Not by the adapter's own `redirect`: the URI is the app's, character by character, and no adapter spells it anew.
        return this.reply(response, {
          status: SEE_OTHER,
          headers: { ...NOTHING_KEPT, ...answer.headers, Location: answer.location },
          html: '',
        });
      default:
        throw new TypeError(`${answer.kind}: no answer for a browser`);
    }
  }

  private reply(
    response: object,
    { status, headers, html }: Omit<Extract<ExchangeAnswer, { kind: 'page' }>, 'kind'>,
  ): void {
    const { httpAdapter } = this.adapters;
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(response, name, value);
    httpAdapter.reply(response, html, status);
  }
}
