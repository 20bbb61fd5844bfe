import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { CallingUser, Protect, ZodValidationPipe, type CallingUserFacts } from '@portcullis/nest';
import { identifierIn } from '../accounts/identifier.js';
import { IdempotencyKey } from './idempotency-key.decorator.js';
import { transferOrder, type TransferOrder } from './transfer-order.js';
import { viewTransfer, type TransferView } from './transfer-view.js';
import { Transfers } from './transfers.js';

@Controller('transfers')
export class TransfersController {
  constructor(private readonly transfers: Transfers) {}

  @Protect({
    app: ['transfers:write'],
    signature: true,
    integrity: true,
    user: ['transfers:write'],
    revocation: 'strict',
  })
  @Post()
  async make(
    @CallingUser() { id: userId }: CallingUserFacts,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Body(new ZodValidationPipe(transferOrder)) order: TransferOrder,
  ): Promise<TransferView> {
    return viewTransfer(await this.transfers.make({ userId, order, idempotencyKey }));
  }

  @Protect({ app: ['accounts:read'], integrity: true, user: ['accounts:read'] })
  @Get(':id')
  async find(@CallingUser() user: CallingUserFacts, @Param('id') id: string): Promise<TransferView> {
    return viewTransfer(await this.transfers.find(user.id, identifierIn(id)));
  }
}
