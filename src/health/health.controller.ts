import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Public } from '@portcullis/nest';
import { Readiness } from './readiness.js';

/** For whoever watches over the process; open, and says nothing but whether it runs and can serve. */
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('live')
  live(): object {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready(): Promise<object> {
    const missing = await this.readiness.missing();
    if (missing.length > 0) throw new ServiceUnavailableException();
    return { status: 'ok' };
  }
}
