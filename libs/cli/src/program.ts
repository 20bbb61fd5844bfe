import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { addAppsCommands } from './apps.command.js';
import { addAuditCommands } from './audit.command.js';
import { addConsentsCommands } from './consents.command.js';
import { unmarkDashes } from './dash-words.js';
import { addDoctorCommand } from './doctor.command.js';
import { durationOption } from './duration.js';
import { addKeysCommands } from './keys.command.js';
import { addResourcesCommands } from './resources.command.js';
import { addRevocationsCommands } from './revocations.command.js';
import { addRevokeCommands } from './revoke.command.js';
import { UsageMistake } from './usage-mistake.js';
import { addScopesCommands } from './scopes.command.js';
import { addSecretsCommands } from './secrets.command.js';
import { addSessionsCommands } from './sessions.command.js';
import { addSigningKeysCommands } from './signing-keys.command.js';
import type { Terminal } from './terminal.js';
import { addUsersCommands } from './users.command.js';
import type { OpenWorkplace } from './workplace.js';

const LONGEST_TIMEOUT_SECONDS = 600;
const AFTER = `
The administration key comes from PORTCULLIS_ADMIN_KEY or --key-file, never from
the command line itself, which a shell's history and the list of processes show.

Exit codes:
  0  done
  1  refused by the server, or a check of doctor failed
  2  the command line, a file or a variable that it names is wrong; not confirmed
  3  the server is not reachable, too slow, or no administration interface
  4  the key is not accepted, or may not do this

Examples:
  $ export PORTCULLIS_URL=https://ops.example.com
  $ portcullis doctor
  $ portcullis apps list --key-file ./on-call.key
  $ portcullis secrets rotate bank-ios --purpose signing --overlap 7d
  $ portcullis users suspend ada --json`;

/** All commands. Nothing is written and nobody exits: mistakes are thrown. */
export function buildProgram(open: OpenWorkplace, { speaksJson }: Terminal): Command {
  const program = new Command('portcullis')
    .description('Operates an API guarded by Portcullis, over its administration interface.')
    .version(version())
    .addOption(
      new Option('--url <url>', 'where the server is').env('PORTCULLIS_URL').default('http://127.0.0.1:3000'),
    )
    .option('--key-file <path>', 'a file with the administration key; - reads stdin')
    .option('--insecure-http', 'send the key unencrypted to another machine')
    .addOption(
      new Option('--timeout <duration>', 'how long an answer may take').argParser(timeout).default(10, '10s'),
    )
    .option('--json', 'print exactly one JSON value; errors as JSON on stderr')
    .option('--debug', 'show the stack of an unexpected error')
    .addHelpText('after', AFTER)
    .configureHelp({ showGlobalOptions: true })
    .hook('preAction', (_program, command) => unmarkDashes(command))
    .exitOverride()
    // Said by whoever runs the program, in one form for all.
    .configureOutput({ outputError: () => undefined, ...(speaksJson && { writeErr: () => undefined }) });
  addAppsCommands(program, open);
  addSecretsCommands(program, open);
  addUsersCommands(program, open);
  addScopesCommands(program, open);
  addSessionsCommands(program, open);
  addConsentsCommands(program, open);
  addResourcesCommands(program, open);
  addRevokeCommands(program, open);
  addRevocationsCommands(program, open);
  addSigningKeysCommands(program, open);
  addKeysCommands(program, open);
  addAuditCommands(program, open);
  addDoctorCommand(program, open);
  return program;
}

function timeout(text: string): number {
  const seconds = durationOption('--timeout')(text);
  if (seconds < 1 || seconds > LONGEST_TIMEOUT_SECONDS)
    throw new UsageMistake('--timeout: expected 1s to 10m');
  return seconds;
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
