import type { ValueTransformer } from 'typeorm';

/** The database counts further than a number does; what it hands over as text is a number here or nothing. */
export function minorUnitsOf(text: string): number {
  return exact(Number(text));
}

function exact(value: number): number {
  if (!Number.isSafeInteger(value))
    throw new RangeError('An amount is not a whole number that counts exactly');
  return value;
}

/** Of `bigint` columns that hold money: integers in the currency's minor units. Throws RangeError beyond 2^53 - 1. */
export const minorUnits: ValueTransformer = { from: minorUnitsOf, to: exact };
