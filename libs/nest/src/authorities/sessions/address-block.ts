import { isIPv6 } from 'node:net';
import { ipv6Groups } from './ipv6-groups.js';

/**
 * What one subscriber is given: an IPv4 address, or the /64 that holds an IPv6 address (RFC 6177 §2), of which the
 * subscriber may use any address at will.
 */
export function addressBlock(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  return `${ipv6Groups(address, 4).join(':')}::/64`;
}
