import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const OPTIONS = ['skipped', 'tested-by', 'output-of', 'exit'] as const;
export type BlockOption = (typeof OPTIONS)[number];

/** A fenced code block as it stands in a page. */
export interface Block {
  readonly language: string;
  readonly code: string;
  /** Of its first line of code, in the page; from 1. */
  readonly line: number;
  /** Of the comment before it. */
  readonly options: Readonly<Partial<Record<BlockOption, string>>>;
  /** What is wrong with the comment itself. */
  readonly mistakes: readonly string[];
  /** A block that ends right before it, with nothing but empty lines between. */
  readonly after: Block | undefined;
}

export interface Page {
  /** From the root of the repository. */
  readonly path: string;
  readonly blocks: readonly Block[];
}

const FENCE = /^( {0,3}|\s*(?:[-*]|\d+\.)\s+)(`{3,}|~{3,})\s*([^\s`]*)/;
const COMMENT = /^\s*<!--\s*example:\s*(.*?)\s*-->\s*$/;
const OPTION = /([a-z-]+)="([^"]*)"\s*/y;

function readOptions(text: string): Pick<Block, 'options' | 'mistakes'> {
  const options: Record<string, string> = {};
  const mistakes: string[] = [];
  for (let at = 0; at < text.length; at = OPTION.lastIndex) {
    OPTION.lastIndex = at;
    const [, name = '', value = ''] = OPTION.exec(text) ?? [];
    if (name === '') return { options, mistakes: [...mistakes, `cannot read the options from: ${text}`] };
    if (!(OPTIONS as readonly string[]).includes(name)) mistakes.push(`there is no option ${name}`);
    options[name] = value;
  }
  return { options, mistakes };
}

/** Reads the fenced blocks of a page (CommonMark §4.5), each with the one comment of options before it. */
export function readPage(path: string, markdown: string): Page {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  let comment = readOptions('');
  let after: Block | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    const [, indent = '', fence = '', language = ''] = FENCE.exec(line) ?? [];
    const [, options] = COMMENT.exec(line) ?? [];
    if (fence !== '') {
      const closing = new RegExp(`^\\s*${fence[0]}{${fence.length},}\\s*$`);
      const length = lines.slice(at + 1).findIndex((other) => closing.test(other));
      const end = length < 0 ? lines.length : at + 1 + length;
      const code = lines.slice(at + 1, end).map((other) => withoutIndent(other, indent.length));
      const block = { language, code: code.join('\n'), line: at + 2, ...comment, after };
      blocks.push(block);
      after = block;
      comment = readOptions('');
      at = end;
    } else if (options !== undefined) {
      comment = readOptions(options);
    } else if (line.trim() !== '') {
      comment = readOptions('');
      after = undefined;
    }
  }
  return { path, blocks };
}

function withoutIndent(line: string, width: number): string {
  return line.slice(0, width).trim() === '' ? line.slice(width) : line;
}

const markdownIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

/** Whatever a reader finds: the pages of the root, of docs and of every package. */
export function allPages(): Page[] {
  const ofPackages = readdirSync('libs').map((name) => join('libs', name, 'README.md'));
  return [...markdownIn('.'), ...markdownIn('docs'), ...ofPackages.filter((path) => existsSync(path))]
    .toSorted()
    .map((path) => readPage(path, readFileSync(path, 'utf8')));
}
