import type { Row } from './admin-api.js';
import { SecretFile } from './secret-file.js';
import type { Workplace } from './workplace.js';

export interface SecretAnswer {
  readonly workplace: Workplace;
  readonly secretFile: string | undefined;
  /** Has the secret made. */
  readonly make: () => Promise<Row>;
  /** Members of the answer that are secrets, by what they are called. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What else there is to say, from the answer without its secrets. */
  readonly tell: (answer: Row) => void;
}

/**
 * Has secrets made and shows them, or puts them into a file instead: one as its text, which other tools read as it is,
 * several as a JSON object. The server shows a secret once; so does this.
 */
export async function showSecret(parts: SecretAnswer): Promise<void> {
  const { secretFile, make, secrets, workplace } = parts;
  const file = secretFile === undefined ? undefined : SecretFile.create(secretFile);
  const answer = await make().catch((error: unknown) => {
    file?.discard();
    throw error;
  });
  const made = Object.entries(secrets).filter(([member]) => typeof answer[member] === 'string');
  if (!file) {
    if (workplace.output.speaksJson) return workplace.output.json(answer);
    parts.tell(answer);
    if (made.length > 0) workplace.output.text(linesOf(made, answer));
    return;
  }
  const rest = Object.fromEntries(Object.entries(answer).filter(([member]) => !(member in secrets)));
  if (made.length === 0) file.discard();
  else file.write(contentOf(made, answer, Object.keys(secrets).length));
  if (workplace.output.speaksJson)
    return workplace.output.json(made.length === 0 ? rest : { ...rest, secretFile: file.path });
  parts.tell(rest);
  workplace.output.text(
    made.length === 0 ? '\nNo secret was made, and no file.' : `\nThe secret is in ${file.path}.`,
  );
}

type Made = readonly (readonly [member: string, title: string])[];

function contentOf(made: Made, answer: Row, possible: number): string {
  if (possible === 1) return answer[made[0]?.[0] as string] as string;
  return JSON.stringify(Object.fromEntries(made.map(([member]) => [member, answer[member]])));
}

function linesOf(made: Made, answer: Row): string {
  const lines = made.map(([member, title]) => `${title}: ${String(answer[member])}`);
  return ['', 'Shown this once; keep it now:', ...lines].join('\n');
}
