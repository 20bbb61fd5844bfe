import { Body, Controller, Delete, HttpCode, Param, Post } from '@nestjs/common';
import { CallingUser, Protect, ZodValidationPipe, type CallingUserFacts } from '@portcullis/nest';
import { identifierIn } from '../accounts/identifier.js';
import { freezeOrder, type FreezeOrder } from './freeze-order.js';
import { Freezes } from './freezes.js';

interface FreezeView {
  readonly id: string;
  readonly accountId: string;
  readonly frozenAt: string;
}

/** For those who administer the bank: any customer's account. */
@Protect({
  app: ['bank:admin'],
  signature: true,
  integrity: true,
  user: ['bank:admin'],
  revocation: 'strict',
})
@Controller('freezes')
export class FreezesController {
  constructor(private readonly freezes: Freezes) {}

  @Post()
  async freeze(
    @CallingUser() user: CallingUserFacts,
    @Body(new ZodValidationPipe(freezeOrder)) order: FreezeOrder,
  ): Promise<FreezeView> {
    const { id, accountId, frozenAt } = await this.freezes.freeze(user.id, order);
    return { id, accountId, frozenAt: frozenAt.toISOString() };
  }

  @Delete(':id')
  @HttpCode(204)
  async lift(@CallingUser() user: CallingUserFacts, @Param('id') id: string): Promise<void> {
    await this.freezes.lift(user.id, identifierIn(id));
  }
}
