import { Controller, Get } from '@nestjs/common';
import { Public } from '@portcullis/nest';

/** For whoever watches over the process; open, and says nothing but that it runs. */
@Public()
@Controller('health')
export class HealthController {
  @Get('live')
  live(): object {
    return { status: 'ok' };
  }
}
