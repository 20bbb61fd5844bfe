import type { CommanderError } from 'commander';
import { UsageMistake } from './usage-mistake.js';

/** Help and version that somebody asked for. */
const ASKED_FOR = new Set(['commander.helpDisplayed', 'commander.version']);
const PLAIN_OPTION = /unknown option '(--[a-z][a-z-]{0,23}|-[A-Za-z])(?=['=])/;
const PLAIN_COMMAND = /unknown command '([a-z][a-z-]{0,15})'/;
const SUGGESTION = /\(Did you mean ([^?\n]{1,80})\?\)/;
const FORBIDDEN = /^--(?:key|admin-key|token|password|secret)$/;
const NEVER_HERE =
  'A secret on the command line is seen in the list of processes: PORTCULLIS_ADMIN_KEY or --key-file take the key, --password-stdin a password.';

/**
 * Commander's complaint without what was typed: only a word that looks like an option or a command is repeated, for what
 * stands in the wrong place may be a secret. Undefined when there is nothing to complain about.
 */
export function explainMistake({ code, exitCode, message }: CommanderError): UsageMistake | undefined {
  // `help` itself ends with 0; help shown because a command is missing does not.
  if (ASKED_FOR.has(code) || (code === 'commander.help' && exitCode === 0)) return undefined;
  const [, suggestion] = SUGGESTION.exec(message) ?? [];
  const meant = suggestion === undefined ? undefined : `Did you mean ${suggestion}?`;
  switch (code) {
    case 'commander.help':
      return new UsageMistake('A command is missing', 'portcullis --help lists them.');
    case 'commander.unknownOption': {
      const [, option] = PLAIN_OPTION.exec(message) ?? [];
      const advice = option !== undefined && FORBIDDEN.test(option) ? NEVER_HERE : meant;
      return new UsageMistake(`There is no option ${option ?? 'like that'} here`, advice ?? SEE_HELP);
    }
    case 'commander.unknownCommand': {
      const [, command] = PLAIN_COMMAND.exec(message) ?? [];
      return new UsageMistake(`There is no command ${command ?? 'like that'}`, meant ?? SEE_HELP);
    }
    default:
      return new UsageMistake(withoutValues(message), SEE_HELP);
  }
}

const SEE_HELP = 'Add --help to see what there is, with examples.';

/** The complaints left name options and arguments by how they are declared; a value would stand behind these words. */
function withoutValues(message: string): string {
  const [line = ''] = message.replace(/^error: /, '').split('\n');
  const said = line.replace(/ (?:argument|value) '.*' is invalid.*$/, ' is invalid');
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}`;
}
