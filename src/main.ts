import { randomBytes } from 'node:crypto';
import { InvalidEnvironment, readEnvironment } from './config/environment.js';
import { createBank } from './create-bank.js';

async function start(): Promise<void> {
  const environment = readEnvironment(process.env);
  const secret = environment.demoSigningSecret ?? randomBytes(32).toString('base64url');
  const demo = { id: 'demo-app', name: 'Demo app', scopes: ['branches:read'], signingSecrets: [secret] };
  const bank = await createBank(environment, [demo]);
  await bank.listen(environment.port, environment.host);
  const url = await bank.getUrl();
  process.stdout.write(
    [
      `The sample bank listens on ${url}`,
      '',
      'An app key is refused when it is missing or unknown, and admitted when it is registered:',
      `  curl -i ${url}/branches`,
      `  curl -i -H 'Authorization: key nobody' ${url}/branches`,
      `  curl -i -H 'Authorization: key demo-app' ${url}/branches`,
      '',
      'A route that demands a signature refuses the key alone:',
      `  curl -i -H 'Authorization: key demo-app' ${url}/branches/signed`,
      '',
    ].join('\n'),
  );
}

start().catch((error: unknown) => {
  const known = error instanceof InvalidEnvironment || (error instanceof Error && 'code' in error);
  process.stderr.write(
    `${known ? (error as Error).message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = 1;
});
