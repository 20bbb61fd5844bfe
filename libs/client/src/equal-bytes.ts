/** In a time that depends on the length alone. */
export function equalBytes(expected: Uint8Array, given: Uint8Array | undefined): boolean {
  if (given?.byteLength !== expected.byteLength) return false;
  let difference = 0;
  for (let i = 0; i < expected.byteLength; i++) difference |= (expected[i] as number) ^ (given[i] as number);
  return difference === 0;
}
