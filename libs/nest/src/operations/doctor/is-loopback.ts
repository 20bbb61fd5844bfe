import { isIPv4 } from 'node:net';

/** Whether what is sent to a host stays on this machine. An IPv6 address is in brackets, as in a URL. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
  );
}
