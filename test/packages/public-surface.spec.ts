import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entriesOf, FOLDERS, folderOf, manifestOf } from './packages.js';
import { publicSurfaceOf } from './public-surface.js';

const folders = FOLDERS.filter((folder) => entriesOf(manifestOf(folder)).length > 0);

/** Set by `npm run api`, which writes the surface down instead of comparing it. */
const writes = process.env['WRITE_PUBLIC_SURFACE'] === '1';

describe('the public surface', () => {
  it.each(folders)('of %s is the one that is written down in its api.md', (folder) => {
    const file = join(folderOf(folder), 'api.md');
    const surface = publicSurfaceOf(folder);
    if (writes) writeFileSync(file, surface);
    const written = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (written !== surface) throw new Error(differenceOf(file, written, surface));
  });
});

function differenceOf(file: string, written: string, surface: string): string {
  const [before, after] = [written.split('\n'), surface.split('\n')];
  const gone = before.filter((line) => !after.includes(line)).map((line) => `- ${line}`);
  const come = after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`);
  return [
    `${file} says otherwise. If hosts are meant to see this, run "npm run api" and commit what it writes:`,
    ...gone,
    ...come,
  ].join('\n');
}
