import { Controller, Get, Logger } from '@nestjs/common';
import { Public } from '@portcullis/nest';
import { ADAPTERS, startHost, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';

const ROW = noteSecret('the-row-of-a-customer-0147');

class QueryFailure extends Error {
  override readonly name = 'QueryFailedError';
  readonly driverError = { code: '23505', detail: `Key (name)=(${ROW}) already exists.` };
}

@Controller()
class FailingController {
  @Public()
  @Get('parser')
  parser(): unknown {
    return JSON.parse(ROW);
  }

  @Public()
  @Get('driver')
  driver(): never {
    throw new QueryFailure(`duplicate key:\n    at ${ROW} (sql)`);
  }
}

describe.each(ADAPTERS)('An error that nobody expected, on %s', (adapter) => {
  let host: Host;
  const logged: string[] = [];
  beforeAll(async () => {
    host = await startHost(adapter, { controllers: [FailingController] });
    const silent = () => undefined;
    Logger.overrideLogger({ log: silent, warn: silent, error: (line: string) => logged.push(line) });
  });
  afterAll(async () => {
    Logger.overrideLogger(false);
    await host.app.close();
  });

  it.each([
    ['parser', { error: 'SyntaxError' }],
    ['driver', { error: 'QueryFailedError', code: '23505' }],
  ])('is logged without its message, which quotes what was read: %s', async (path, expected) => {
    const response = await fetch(`${host.url}/${path}`);
    const { code, requestId } = (await response.json()) as { code: string; requestId: string };
    expect([response.status, code]).toEqual([500, 'internal_error']);
    const entry = JSON.parse(logged.at(-1) as string) as { frames: string[] };
    expect(entry).toMatchObject({ event: 'failed', requestId, ...expected });
    expect(entry.frames.join()).toContain('error-log.spec.ts:');
    expect(logged.join()).not.toContain(ROW);
    expect(logged.join()).not.toContain(ROW.slice(0, 8));
  });
});
