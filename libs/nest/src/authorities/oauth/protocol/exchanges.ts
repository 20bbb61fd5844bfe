import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import {
  Clock,
  messageOf,
  noteAnswerHeaders,
  PipelineOptions,
  readRequest,
} from '../../../pipeline/index.js';
import { ActingContext, THE_HOST } from '../../../state/index.js';
import { crossOriginHeaders } from '../clients/cross-origin.js';
import type { Endpoint } from './endpoint.js';
import { Exchange } from './exchange.js';
import type { ExchangeAnswer } from './exchange-answer.js';
import { ExchangeDecisions } from './exchange-decisions.js';
import type { ExchangeStep } from './exchange-step.js';
import { STEP_TABLE } from './step-table.js';

/** Takes requests through the steps of their endpoint, and writes down how it ended. */
@Injectable()
export class Exchanges {
  private readonly columns = new Map<Endpoint, readonly ExchangeStep[]>();

  constructor(
    private readonly modules: ModuleRef,
    private readonly decisions: ExchangeDecisions,
    private readonly acting: ActingContext,
    private readonly options: PipelineOptions,
    private readonly clock: Clock,
  ) {}

  /** The answer, with headers for pages of the app at other origins. Throws what the steps throw. */
  async run(endpoint: Endpoint, request: object, body: unknown): Promise<ExchangeAnswer> {
    const exchange = this.begin(endpoint, request, body);
    try {
      return await this.answer(exchange);
    } finally {
      const headers = crossOriginHeaders(exchange);
      if (headers) noteAnswerHeaders(messageOf(request), headers);
    }
  }

  /** For whoever has to know how far a request has come when it is refused. */
  begin(endpoint: Endpoint, request: object, body: unknown): Exchange {
    const message: IncomingMessage = messageOf(request);
    return new Exchange(endpoint, readRequest(message, this.options), body, this.clock.now());
  }

  /** Throws what the steps throw. */
  async answer(exchange: Exchange): Promise<ExchangeAnswer> {
    const { endpoint, inbound } = exchange;
    try {
      // What ends because a token was stolen is ended by nobody: the trail says from where it was presented.
      const acting = { party: THE_HOST, address: inbound.peerAddress, requestId: inbound.id };
      await this.acting.run(acting, () => this.pass(exchange));
      this.decisions.admitted(exchange);
      if (!exchange.answer) throw new TypeError(`${endpoint}: no step has answered`);
      return exchange.answer;
    } catch (error) {
      this.decisions.refused(exchange, error);
      throw error;
    }
  }

  private async pass(exchange: Exchange): Promise<void> {
    for (const step of this.stepsOf(exchange.endpoint)) {
      const running = step.run(exchange);
      // oxlint-disable-next-line no-await-in-loop -- each stands on what the one before it found
      if (running instanceof Promise) await running;
    }
  }

  private stepsOf(endpoint: Endpoint): readonly ExchangeStep[] {
    let steps = this.columns.get(endpoint);
    if (!steps) {
      const rows = STEP_TABLE.filter(([, ...endpoints]) => endpoints.includes(endpoint));
      steps = rows.map(([step]) => this.modules.get(step));
      this.columns.set(endpoint, steps);
    }
    return steps;
  }
}
