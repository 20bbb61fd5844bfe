import 'reflect-metadata';
import { pino, type Logger } from 'pino';
import { InvalidEnvironment, readEnvironment, type Environment } from './config/environment.js';
import { createBank, type Bank } from './create-bank.js';
import { demoFor } from './demo/demo.js';

function stopOnSignal(bank: Bank, log: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'stopping');
    bank.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error: error instanceof Error ? error.name : typeof error }, 'did not stop in order');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function sayHello(bank: Bank, { production, dataDir }: Environment): Promise<void> {
  const url = (await bank.app.getUrl()).replace(/\/$/, '');
  const lines = production ? undefined : await demoFor(bank.app, { url, dataDir });
  process.stdout.write(`The sample bank listens on ${url}, its API is described at ${url}/docs\n`);
  if (lines !== undefined) process.stdout.write(`\n${lines}`);
}

async function start(): Promise<void> {
  const environment = readEnvironment(process.env);
  const log = pino({ level: environment.logLevel }, pino.destination({ dest: 2, sync: true }));
  const bank = await createBank(environment, log);
  stopOnSignal(bank, log);
  try {
    await bank.app.listen(environment.port, environment.host);
    await sayHello(bank, environment);
  } catch (error) {
    await bank.stop();
    throw error;
  }
}

/** A mistake of whoever starts it is told in one line; anything else with its stack. */
function explain(error: unknown): string {
  if (error instanceof InvalidEnvironment || (error instanceof Error && 'code' in error))
    return error.message;
  return error instanceof Error ? (error.stack ?? error.name) : String(error);
}

start().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
});
