import { types } from 'node:util';

/**
 * Turns a JavaScript value into what travels as a bound parameter, by the rules of `pg`: the stores are
 * written once and must not be able to tell which of the two drivers is underneath.
 */
export function prepareValue(value: unknown): string | Uint8Array | null {
  if (value === null || value === undefined) return null;
  if (ArrayBuffer.isView(value)) return bytesOf(value);
  if (types.isDate(value)) return value.toISOString();
  if (Array.isArray(value)) return arrayLiteral(value);
  if (typeof value === 'object') return objectText(value);
  return String(value as string | number | bigint | boolean);
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function objectText(value: object): string | Uint8Array | null {
  const { toPostgres } = value as { toPostgres?: (prepare: typeof prepareValue) => unknown };
  if (typeof toPostgres === 'function') return prepareValue(toPostgres.call(value, prepareValue));
  return JSON.stringify(value);
}

function arrayLiteral(items: readonly unknown[]): string {
  return `{${items.map(arrayElement).join(',')}}`;
}

function arrayElement(item: unknown): string {
  if (Array.isArray(item)) return arrayLiteral(item);
  const prepared = prepareValue(item);
  if (prepared === null) return 'NULL';
  if (typeof prepared !== 'string') return `\\\\x${Buffer.from(prepared).toString('hex')}`;
  return `"${prepared.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}
