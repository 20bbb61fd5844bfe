import { UsageMistake } from './usage-mistake.js';

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const DURATION = /^(\d{1,9})([smhd])$/;

/** Whole seconds of `90s`, `15m`, `1h` or `1d`; `0` needs no unit. Undefined for anything else. */
export function durationSeconds(text: string): number | undefined {
  if (text === '0') return 0;
  const [, amount, unit = ''] = DURATION.exec(text) ?? [];
  const seconds = UNIT_SECONDS[unit];
  return amount === undefined || seconds === undefined ? undefined : Number(amount) * seconds;
}

/** For an option, which is named in the mistake; its value is not. */
export function durationOption(flag: string): (text: string) => number {
  return (text) => {
    const seconds = durationSeconds(text);
    if (seconds === undefined)
      throw new UsageMistake(`${flag} is no duration: expected one such as 90s, 15m, 1h or 1d`);
    return seconds;
  };
}
