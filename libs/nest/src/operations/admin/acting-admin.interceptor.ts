import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { messageOf, PipelineOptions, readRequest } from '../../pipeline/index.js';
import { ActingContext } from '../../state/index.js';
import { holderOf } from './admin-holder.js';

/** What an operation does is done by whoever holds the key. */
@Injectable()
export class ActingAdminInterceptor implements NestInterceptor {
  constructor(
    private readonly acting: ActingContext,
    private readonly pipeline: PipelineOptions,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const { party } = holderOf(context);
    const message = messageOf(context.switchToHttp().getRequest());
    const { id, peerAddress } = readRequest(message, this.pipeline);
    return this.acting.run({ party, address: peerAddress, requestId: id }, () => next.handle());
  }
}
