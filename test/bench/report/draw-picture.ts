import type { Row } from './table.js';

interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly isOurs: boolean;
}

const WIDTH = 760;
const LABEL_WIDTH = 220;
const VALUE_WIDTH = 90;
const BAR_HEIGHT = 20;
const STEP = 28;
const PANEL_HEAD = 44;

// Transparent, with colours that stand out on white and on black; text follows the reader's scheme.
const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-weight: 600; font-size: 15px; }
    .other { fill: #8c959f; }
    .ours { fill: #1f7a8c; }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .ours { fill: #3fb6cc; } .other { fill: #6e7681; } }
  `;

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}

function drawPanel({ title, bars }: Panel, top: number): string {
  const largest = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const lines = bars.map(({ label, value, text, isOurs }, at) => {
    const y = top + PANEL_HEAD + at * STEP;
    const length = Math.max(1, (value / largest) * room).toFixed(1);
    const base = y + BAR_HEIGHT - 5;
    return [
      `  <text x="${LABEL_WIDTH - 10}" y="${base}" text-anchor="end">${escaped(label)}</text>`,
      `  <rect class="${isOurs ? 'ours' : 'other'}" x="${LABEL_WIDTH}" y="${y}" width="${length}" height="${BAR_HEIGHT}" rx="2"/>`,
      `  <text x="${LABEL_WIDTH + Number(length) + 8}" y="${base}">${escaped(text)}</text>`,
    ].join('\n');
  });
  return [`  <text class="title" x="10" y="${top + 26}">${escaped(title)}</text>`, ...lines].join('\n');
}

function barsOf(rows: readonly Row[], value: (row: Row) => number, unit: string): Bar[] {
  return rows.map((row) => ({
    label: row.name,
    value: Math.max(0, value(row)),
    text: `${Math.round(value(row)).toLocaleString('en-GB')}${unit}`,
    isOurs: row.name.includes('portcullis'),
  }));
}

/** Two bar charts, throughput and the CPU that the checks add, as an SVG document. */
export function drawPicture(rows: readonly Row[]): string {
  const checking = rows.filter(({ name }) => name !== 'node:http' && !name.includes('bare-nest'));
  const panels: Panel[] = [
    { title: 'Requests per second, one core', bars: barsOf(rows, (row) => row.perSecond, '') },
    {
      title: 'CPU that the checks add to a request',
      bars: barsOf(checking, (row) => row.addedMicroseconds, ' µs'),
    },
  ];
  let height = 0;
  const drawn = panels.map((panel) => {
    const top = height;
    height += PANEL_HEAD + panel.bars.length * STEP + 12;
    return drawPanel(panel, top);
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Requests per second and added CPU of every stack">`,
    `  <style>${STYLE}</style>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}
