import { AuthorizationError } from './authorization-error.js';

/** What the client uses of an authorization server's metadata, in the words of RFC 8414 §2. */
export interface AuthorizationServerMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  /** RFC 9126 §5. */
  readonly pushed_authorization_request_endpoint?: string | undefined;
  readonly require_pushed_authorization_requests?: boolean | undefined;
  /** RFC 7009. */
  readonly revocation_endpoint?: string | undefined;
  /** Has to list `S256` (RFC 7636 §4.2). */
  readonly code_challenge_methods_supported: readonly string[];
  /** RFC 9207 §3. */
  readonly authorization_response_iss_parameter_supported?: boolean | undefined;
  /** Has to list `ES256` for a client with a DPoP key (RFC 9449 §5.1). */
  readonly dpop_signing_alg_values_supported?: readonly string[] | undefined;
}

type Document = Readonly<Record<string, unknown>>;

function unsuitable(metadataMember: string): AuthorizationError {
  return new AuthorizationError('server_unsuitable', { metadataMember });
}

/** Codes and tokens travel there: not in the clear where the issuer is not, and with no fragment (RFC 6749 §3.1). */
function optionalEndpoint(document: Document, name: string): string | undefined {
  const url = document[name];
  if (url === undefined) return undefined;
  const scheme = String(document['issuer']).startsWith('https:') ? 'https' : 'https?';
  if (typeof url !== 'string' || !new RegExp(`^${scheme}://[^\\s#/?]+[^\\s#]*$`).test(url))
    throw unsuitable(name);
  return url;
}

function endpoint(document: Document, name: string): string {
  const url = optionalEndpoint(document, name);
  if (url === undefined) throw unsuitable(name);
  return url;
}

function names(document: Document, name: string): readonly string[] {
  const listed = document[name];
  return Array.isArray(listed) ? listed.filter((one): one is string => typeof one === 'string') : [];
}

/** Only `true` is true; but what is no boolean is a mistake, and not a no. */
function flag(document: Document, name: string): boolean {
  const said = document[name] ?? false;
  if (typeof said !== 'boolean') throw unsuitable(name);
  return said;
}

/**
 * Reads a server's metadata. Throws an AuthorizationError: `issuer_mismatch` when they are another server's (RFC 8414 §3.3),
 * `server_unsuitable` when an endpoint is missing or none, or PKCE with S256 is not there (RFC 9700 §2.1.1).
 */
export function readServerMetadata(document: Document, issuer: string): AuthorizationServerMetadata {
  if (document['issuer'] !== issuer) throw new AuthorizationError('issuer_mismatch');
  const methods = names(document, 'code_challenge_methods_supported');
  if (!methods.includes('S256')) throw unsuitable('code_challenge_methods_supported');
  return Object.freeze({
    issuer,
    authorization_endpoint: endpoint(document, 'authorization_endpoint'),
    token_endpoint: endpoint(document, 'token_endpoint'),
    pushed_authorization_request_endpoint: optionalEndpoint(
      document,
      'pushed_authorization_request_endpoint',
    ),
    require_pushed_authorization_requests: flag(document, 'require_pushed_authorization_requests'),
    revocation_endpoint: optionalEndpoint(document, 'revocation_endpoint'),
    code_challenge_methods_supported: methods,
    authorization_response_iss_parameter_supported: flag(
      document,
      'authorization_response_iss_parameter_supported',
    ),
    dpop_signing_alg_values_supported: names(document, 'dpop_signing_alg_values_supported'),
  });
}
