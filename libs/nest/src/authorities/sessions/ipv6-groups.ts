/** The first so many of the eight groups of an IPv6 address (RFC 4291 §2.2), in the one spelling of RFC 5952 §4.1 and §4.3. */
export function ipv6Groups(address: string, count: number): string[] {
  const [head = '', tail] = address.split('%', 1)[0]!.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => '0');
  const groups = [...left, ...zeros, ...right].slice(0, count);
  return groups.map((group) => Number.parseInt(group, 16).toString(16));
}
