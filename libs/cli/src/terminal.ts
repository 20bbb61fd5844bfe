import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { printableLines } from './printable.js';
import { UsageMistake } from './usage-mistake.js';

const LONGEST_INPUT_BYTES = 65_536;
const SHORTEST_HIDDEN = 4;

/** Whoever sits in front of the command, if anybody does. Questions and complaints go to stderr; stdout is for answers. */
export class Terminal {
  private readonly secrets = new Set<string>();
  private inputReadFor: string | undefined;

  constructor(readonly speaksJson: boolean) {}

  /** Standard input is a person. */
  get isInteractive(): boolean {
    return process.stdin.isTTY === true && process.stderr.isTTY === true;
  }

  /** From now on this text is in nothing that is said here, wherever it came back from. */
  hide(secret: string): void {
    if (secret.length < SHORTEST_HIDDEN) return;
    this.secrets.add(secret).add(JSON.stringify(secret).slice(1, -1));
  }

  /** Lines of ours, in which text of a server may stand: made harmless, and without what is hidden. */
  say(text: string): void {
    process.stderr.write(`${printableLines(this.withoutSecrets(text))}\n`);
  }

  /** For a person; whoever reads JSON would not expect it. */
  warn(text: string): void {
    if (!this.speaksJson) this.say(`portcullis: ${text}`);
  }

  withoutSecrets(text: string): string {
    return [...this.secrets].reduce((shown, secret) => shown.replaceAll(secret, '<hidden>'), text);
  }

  /** Throws UsageMistake when nobody can be asked, or the answer is not yes. */
  async confirm(question: string, { yes }: { readonly yes?: boolean }): Promise<void> {
    if (yes === true) return;
    if (!this.isInteractive)
      throw new UsageMistake('This cannot be undone, and nobody is there to be asked', 'Add --yes.');
    const answer = await this.ask(`${printableLines(question)} Type yes: `, 'shown');
    if (answer?.trim().toLowerCase() !== 'yes')
      throw new UsageMistake('Nothing was done: it was not confirmed');
  }

  /** What is typed is not shown. Throws UsageMistake when nobody can be asked. */
  async askHidden(question: string, insteadOfAsking: string): Promise<string> {
    if (!this.isInteractive)
      throw new UsageMistake('Nobody is there to be asked for a password', insteadOfAsking);
    const answer = await this.ask(question, 'hidden');
    process.stderr.write('\n');
    if (answer === undefined) throw new UsageMistake('Nothing was done: nothing was typed');
    this.hide(answer);
    return answer;
  }

  /** All of standard input, without the line's end. Only one thing can be read from there. */
  async readInput(wantedFor: string): Promise<string> {
    if (this.inputReadFor !== undefined)
      throw new UsageMistake(`${this.inputReadFor} and ${wantedFor} cannot both read stdin`);
    this.inputReadFor = wantedFor;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      size += chunk.byteLength;
      if (size > LONGEST_INPUT_BYTES) throw new UsageMistake(`${wantedFor}: more than 64 KiB came in`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks)
      .toString('utf8')
      .replace(/\r?\n$/, '');
  }

  /** Undefined when the input ends without an answer, or is interrupted. */
  private ask(question: string, typed: 'shown' | 'hidden'): Promise<string | undefined> {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const output = typed === 'shown' ? process.stderr : silent;
    const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
    // Not before: until then the terminal itself shows what is typed.
    if (typed === 'hidden') process.stderr.write(question);
    return new Promise((resolve) => {
      lines.on('SIGINT', () => lines.close());
      lines.on('close', () => resolve(undefined));
      lines.question(typed === 'shown' ? question : '', (answer) => {
        resolve(answer);
        lines.close();
      });
    });
  }
}
