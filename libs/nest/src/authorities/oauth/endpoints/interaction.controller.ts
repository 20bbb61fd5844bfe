import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { ProtectedElsewhere, TakesForm } from '../../../pipeline/index.js';
import { AnswerSender } from '../answers/answer-sender.js';
import { interactionFormSchema } from '../interaction/interaction-form.js';
import { Interactions } from '../interaction/interactions.js';

/** Where the forms of the pages are posted to. */
@Controller('oauth')
export class InteractionController {
  constructor(
    private readonly interactions: Interactions,
    private readonly sender: AnswerSender,
  ) {}

  @ProtectedElsewhere('a form that was sealed for the browser that sends it')
  @TakesForm(interactionFormSchema)
  @Post('interaction')
  async interact(@Req() request: object, @Body() body: unknown, @Res() response: object): Promise<void> {
    this.sender.send(response, await this.interactions.run(request, body));
  }
}
