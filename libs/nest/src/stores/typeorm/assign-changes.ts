interface Assignments {
  /** What follows SET. */
  readonly sql: string;
  /** From `$2` on; `$1` is the key. */
  readonly values: readonly unknown[];
}

/** The part of an UPDATE that writes the given changes, and nothing that has no column here. */
export function assignChanges<Changes extends object>(
  columns: Readonly<Record<keyof Changes, string>>,
  changes: Changes,
  key = 'id',
): Assignments {
  // Without a change there would be nothing to set, and yet the row is wanted.
  const parts = [`${key} = ${key}`];
  const values: unknown[] = [];
  for (const property of Object.keys(columns) as (keyof Changes)[]) {
    if (changes[property] === undefined) continue;
    values.push(changes[property]);
    parts.push(`${columns[property]} = $${values.length + 1}`);
  }
  return { sql: parts.join(', '), values };
}
