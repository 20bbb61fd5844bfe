import { isIPv4, isIPv6 } from 'node:net';
import { ipv6Groups } from './ipv6-groups.js';

/** RFC 4291 §2.5.5.2 */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The network that an address is in, as its user may recognise it, and no more: a /24 of IPv4, a /48 of IPv6 (what one site
 * is given, RFC 6177 §2), in CIDR notation. Null for what is no address.
 */
export function networkOf(address: string): string | null {
  const ipv4 = MAPPED_IPV4.exec(address)?.[1] ?? address;
  if (isIPv4(ipv4)) return `${ipv4.split('.').slice(0, 3).join('.')}.0/24`;
  if (!isIPv6(address) || address.includes('.')) return null;
  return `${ipv6Groups(address, 3).join(':')}::/48`;
}
