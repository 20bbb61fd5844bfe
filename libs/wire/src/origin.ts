/** Where an API is reached from outside. */
export interface Origin {
  readonly scheme: 'http' | 'https';
  /** Lower case, with the port unless it is the scheme's default. */
  readonly host: string;
  readonly hostname: string;
  readonly port: number;
  /** `https://api.example.com` */
  readonly text: string;
}

const HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::(\d{1,5}))?$/;
const DEFAULT_PORT = { http: 80, https: 443 } as const;

/** A `Host` value in one spelling: lower case, without the scheme's default port; undefined when it is not a host. */
export function normaliseHost(host: string, scheme: Origin['scheme']): string | undefined {
  const match = HOST.exec(host.toLowerCase());
  if (!match) return undefined;
  const [, hostname = '', port] = match;
  return port === undefined || Number(port) === DEFAULT_PORT[scheme]
    ? hostname
    : `${hostname}:${Number(port)}`;
}

/** Reads an origin such as `https://api.example.com`; undefined when there is anything more or less. */
export function parseOrigin(text: string): Origin | undefined {
  const match = /^(https?):\/\/([^/?#@\s]+)\/?$/i.exec(text);
  if (!match) return undefined;
  const scheme = (match[1] as string).toLowerCase() as Origin['scheme'];
  const host = normaliseHost(match[2] as string, scheme);
  if (host === undefined) return undefined;
  const [, hostname = '', port] = HOST.exec(host) as RegExpExecArray;
  return {
    scheme,
    host,
    hostname,
    port: port === undefined ? DEFAULT_PORT[scheme] : Number(port),
    text: `${scheme}://${host}`,
  };
}
