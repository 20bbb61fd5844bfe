import { Argument, Option } from 'commander';
import { durationOption } from './duration.js';
import { UsageMistake } from './usage-mistake.js';

export function appArgument(): Argument {
  return new Argument('<app>', "the app's id");
}

export function userArgument(): Argument {
  return new Argument('<user>', 'the username, or the id');
}

/** For a user of whom the server has no list. */
export function byIdOption(): Option {
  return new Option('--by-id', 'the user is named by the id that the host, or another issuer, has for them');
}

export function yesOption(): Option {
  return new Option('-y, --yes', 'do not ask; needed where nobody is there to be asked');
}

export function secretFileOption(): Option {
  return new Option(
    '--secret-file <path>',
    'put what is secret into a new file (mode 0600) instead of showing it',
  );
}

/** `accounts:read,transfers:write`, or with spaces. Empty text is an empty list. */
export function scopesOption(description: string): Option {
  return new Option('--scopes <scopes>', description).argParser(scopesOf);
}

export function scopesOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((scope) => scope !== '');
}

/** May be given several times; empty text once is an empty list. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, before: string[] | undefined) =>
    value === '' ? [] : [...(before ?? []), value],
  );
}

export function timeOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(durationOption(flags.split(' ')[0] as string));
}

/** Like `choices` of Option, which repeats the value that is none of them. */
export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices).argParser((value) => {
    if (!choices.includes(value))
      throw new UsageMistake(`${flags.split(' ')[0]}: expected one of ${choices.join(', ')}`);
    return value;
  });
}

/** Members that were given, under the names of the interface. */
export function given<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}
