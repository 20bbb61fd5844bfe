import type { Command } from 'commander';

/** No word of a command line can hold it. */
const MARK = '\0';
/** Our options are one letter behind one dash, or a short word behind two. */
const NO_OPTION = /^(?:-[^-].+|--[\w-]{20,})$/s;

/** Ids are random and may begin with a dash: such words are marked, or they would be taken for options. */
export function markDashes(words: readonly string[]): string[] {
  return words.map((word) => (NO_OPTION.test(word) ? MARK + word : word));
}

/** Before a command acts, its arguments and options are as they were typed again. */
export function unmarkDashes(command: Command): void {
  command.processedArgs = command.processedArgs.map(unmark);
  for (const [name, value] of Object.entries(command.opts()))
    command.setOptionValueWithSource(name, unmark(value), command.getOptionValueSource(name));
}

function unmark(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmark);
  return typeof value === 'string' && value.startsWith(MARK) ? value.slice(1) : value;
}
