import type { Command } from 'commander';
import type { AdminApi, Row } from './admin-api.js';
import { certificateExpiry } from './certificate-expiry.js';
import { CliError, EXIT } from './cli-error.js';
import { findingOf, FINDINGS, type Finding } from './finding.js';
import { teach } from './lesson.js';
import { tableOf, type Output } from './output.js';
import { checkAddress, checkCertificate, checkClock, checkLatency } from './own-checks.js';
import { printable } from './printable.js';
import { Refused } from './refused.js';
import { Unreachable } from './unreachable.js';
import type { OpenWorkplace } from './workplace.js';

const CERTIFICATE_TIMEOUT_MS = 5_000;

export function addDoctorCommand(program: Command, open: OpenWorkplace): void {
  const doctor = program
    .command('doctor')
    .description('look at the server and at the way to it, and say what to do')
    .option('--strict', 'end with 1 for a warning, too');
  teach(doctor, {
    examples: ['doctor', 'doctor --strict --json'],
    next: 'Nothing changes. The server looks at its configuration, its clock, its database, its Redis and its routes; this machine at the address, the certificate, the key and its own clock. Ends with 1 when a check fails.',
  }).action(async ({ strict }: { strict?: boolean }, command: Command) => {
    const { api, output } = await open(command);
    const { checks, now } = await examine(api);
    const worst = strict === true ? ['warn', 'fail'] : ['fail'];
    const ok = !checks.some(({ status }) => worst.includes(status));
    report(output, { ok, checks, now });
    process.exitCode = ok ? EXIT.done : EXIT.refused;
  });
}

interface Examination {
  readonly checks: readonly Finding[];
  /** The server's time, as it was told; null when nobody told. */
  readonly now: string | null;
}

async function examine(api: AdminApi): Promise<Examination> {
  const { address } = api;
  const own = [checkAddress(address), ...(await examineCertificate(address))];
  const askedAt = Date.now();
  try {
    const { checks, now } = await api.get('/doctor');
    const answeredAt = Date.now();
    const serverNow = typeof now === 'string' ? Date.parse(now) : Number.NaN;
    if (!Array.isArray(checks)) throw new Unreachable('unexpected_answer', 'The server answered no checks');
    own.push(
      checkLatency(answeredAt - askedAt),
      { name: 'key', status: 'ok', detail: 'the server accepts the key' },
      checkClock({ askedAt, answeredAt, serverNow }),
    );
    return {
      checks: [...own, ...checks.map(findingOf)],
      now: Number.isNaN(serverNow) ? null : new Date(serverNow).toISOString(),
    };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { checks: [...own, failureOf(error)], now: null };
  }
}

async function examineCertificate(address: URL): Promise<Finding[]> {
  if (address.protocol !== 'https:') return [];
  const expiresAt = await certificateExpiry(address, CERTIFICATE_TIMEOUT_MS);
  return expiresAt ? [checkCertificate(expiresAt, Date.now())] : [];
}

/** Nothing more can be known; this itself is what is to be done first. */
function failureOf(error: CliError): Finding {
  const name = nameOf(error);
  const { message: detail, advice } = error;
  return { name, status: 'fail', detail, ...(advice !== undefined && { advice }) };
}

function nameOf(error: CliError): string {
  if (error instanceof Unreachable) return 'reachable';
  return error instanceof Refused && error.exitCode === EXIT.unauthorised ? 'key' : 'server';
}

function report(output: Output, { ok, checks, now }: Examination & { readonly ok: boolean }): void {
  if (output.speaksJson) return output.json({ ok, checks, now });
  output.text(tableOf(checks as readonly (Finding & Row)[], FINDINGS));
  const todo = checks.filter(({ status }) => status !== 'ok');
  if (todo.length === 0) return output.text('\nAll is well.');
  const lines = todo.map(({ name, advice }) =>
    printable(`${name}: ${advice ?? 'Look at the detail above.'}`),
  );
  output.text(['', 'What to do:', ...lines.map((line) => `  ${line}`)].join('\n'));
}
