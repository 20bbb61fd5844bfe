import { readFileSync } from 'node:fs';
import { PROBLEMS } from '@portcullis/wire';

describe('The wire reference', () => {
  it('lists every code with its status and title, and no other', () => {
    const rows = [
      ...readFileSync('docs/wire.md', 'utf8').matchAll(/^\| (\d{3}) +\| `(\w+)` +\| (.*?) +\|/gm),
    ];
    const listed = rows.map(([, status, code, title]) => [code, Number(status), title]);
    const codes = Object.entries(PROBLEMS).map(([code, { status, title }]) => [code, status, title]);
    expect(listed).toEqual(codes);
  });
});
