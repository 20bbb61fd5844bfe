import { Unreachable } from './unreachable.js';

export interface Attempt {
  readonly address: URL;
  readonly timeoutMs: number;
}

const WHERE = 'Start the server, or say where it is with --url or PORTCULLIS_URL.';
const TRUST =
  'Have the certificate renewed, or its authority trusted: NODE_EXTRA_CA_CERTS names a file of certificates.';

const UNKNOWN_HOST = /^(?:ENOTFOUND|EAI_)/;
const CUT = /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED)$/;
const UNTRUSTED = /CERT|SIGNATURE|ISSUER|CRL/;
const NO_TLS = /^(?:EPROTO|ERR_SSL)/;
const NO_HTTP = /^HPE_/;

/**
 * What went wrong on the way, in words. An error that is none of the network's is given back as it is: that is a bug of
 * ours, not a server that is away.
 */
export function fetchFailure(error: unknown, { address, timeoutMs }: Attempt): unknown {
  const { name } = error as Partial<Error>;
  if (name === 'TimeoutError')
    return new Unreachable(
      'timed_out',
      `${address.origin} did not answer within ${timeoutMs / 1000} s`,
      'Try again with a longer --timeout; portcullis doctor says whether the server is well.',
    );
  const code = codeOf(error);
  // `fetch` answers every failure of the network with a TypeError that has a cause.
  if (code === undefined && !(error instanceof TypeError && error.cause !== undefined)) return error;
  const [said, advice] = explain(code ?? 'unknown', address);
  return new Unreachable('not_reachable', `${said}${code === undefined ? '' : ` (${code})`}`, advice);
}

function explain(code: string, { origin, hostname }: URL): [string, string] {
  if (code === 'ECONNREFUSED') return [`Nobody listens at ${origin}`, WHERE];
  if (code === 'ANSWER_TOO_LONG') return [`What ${origin} answers does not end`, WHERE];
  if (UNKNOWN_HOST.test(code)) return [`There is no host ${hostname}`, WHERE];
  if (CUT.test(code))
    return [`${origin} cut the connection`, 'Look at the server and at what stands before it.'];
  if (NO_TLS.test(code)) return [`${origin} does not speak TLS`, 'Look at whether it is http or https.'];
  if (NO_HTTP.test(code)) return [`${origin} does not speak HTTP`, WHERE];
  if (UNTRUSTED.test(code)) return [`The certificate of ${origin} is not to be trusted`, TRUST];
  return [`${origin} cannot be reached`, WHERE];
}

/** Of the innermost cause: several addresses may have been tried. */
function codeOf(error: unknown): string | undefined {
  const { code, cause, errors } = (error ?? {}) as { code?: unknown; cause?: unknown; errors?: unknown };
  const inner = cause ?? (Array.isArray(errors) ? (errors as unknown[])[0] : undefined);
  return (
    (inner === undefined ? undefined : codeOf(inner)) ??
    (typeof code === 'string' && /^[A-Z0-9_]{2,64}$/.test(code) ? code : undefined)
  );
}
