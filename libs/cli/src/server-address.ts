import { isIPv4 } from 'node:net';
import { UsageMistake } from './usage-mistake.js';

export interface AddressRules {
  /** Whether the key may travel unencrypted to another machine. */
  readonly insecureHttp: boolean;
}

/** Where the server is: an http or https URL, with the path it is mounted at. Throws UsageMistake, without the value. */
export function serverAddress(text: string, { insecureHttp }: AddressRules): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new UsageMistake("The server's address is no http or https URL: look at --url or PORTCULLIS_URL");
  if (url.username !== '' || url.password !== '')
    throw new UsageMistake("The server's address holds a user or a password: it must be without");
  if (url.search !== '' || url.hash !== '')
    throw new UsageMistake("The server's address holds a query or a fragment: it must be without");
  if (url.protocol === 'http:' && !isLoopback(url) && !insecureHttp)
    throw new UsageMistake(
      'The administration key would travel unencrypted to another machine',
      'Use https, or a tunnel to this machine. On a network that nobody else can read: --insecure-http.',
    );
  return url;
}

/** In the one form that URL gives an address: 127.1 has become 127.0.0.1 by then, and a name that begins so is a name. */
export function isLoopback({ hostname }: URL): boolean {
  return (
    hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
  );
}
