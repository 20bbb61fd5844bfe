import type { Command } from 'commander';

/** What the help of a command teaches below its options. */
export interface Lesson {
  readonly examples: readonly string[];
  /** What happens then: what takes effect when, and what cannot be undone. */
  readonly next: string;
}

export function teach(command: Command, { examples, next }: Lesson): Command {
  const lines = [
    '',
    'Examples:',
    ...examples.map((line) => `  $ portcullis ${line}`),
    '',
    'What happens then:',
  ];
  return command.addHelpText('after', [...lines, ...wrapped(next)].join('\n'));
}

const WIDTH = 78;

function wrapped(text: string): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) as string;
    if (line.length + word.length < WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(` ${word}`);
  }
  return lines.map((line) => ` ${line}`);
}
