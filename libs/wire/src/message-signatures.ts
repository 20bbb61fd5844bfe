import { headerValues, MalformedCredentials, trimFieldValue, type RawHeaders } from './raw-headers.js';
import {
  formatBytes,
  formatString,
  parseBytesDictionary,
  parseInnerListDictionary,
  type InnerList,
} from './structured-fields.js';

/** Parameters of a signature, RFC 9421 §2.3. Times in seconds since the epoch. */
export interface SignatureParameters {
  readonly created?: number;
  readonly expires?: number;
  readonly nonce?: string;
  readonly keyid?: string;
  readonly alg?: string;
  readonly tag?: string;
}

export interface SignatureInput {
  /** Component identifiers without parameters, in the signer's order. */
  readonly components: readonly string[];
  readonly parameters: SignatureParameters;
  /** The value of `@signature-params`, exactly as sent. */
  readonly raw: string;
}

/** What RFC 9421 signs about a request. */
export interface SignedMessage {
  readonly method: string;
  /** Absolute URI of the public origin and the target as received. */
  readonly targetUri: string;
  readonly headers: RawHeaders;
}

const NUMBERS = new Set(['created', 'expires']);
const STRINGS = new Set(['nonce', 'keyid', 'alg', 'tag']);

function parametersOf(list: InnerList): SignatureParameters {
  const parameters: Record<string, string | number> = {};
  for (const [name, value] of list.parameters) {
    const expected = NUMBERS.has(name) ? 'number' : STRINGS.has(name) ? 'string' : undefined;
    if (typeof value !== expected) throw new MalformedCredentials('signature_parameter');
    parameters[name] = value as string | number;
  }
  return parameters;
}

/** RFC 9421 §4.1: inputs by label. Throws MalformedCredentials; a component named twice is malformed (§2.5). */
export function parseSignatureInput(field: string): Map<string, SignatureInput> {
  const members = parseInnerListDictionary(field);
  if (!members) throw new MalformedCredentials('signature_input');
  const inputs = new Map<string, SignatureInput>();
  for (const [label, list] of members) {
    const components = list.items.map(({ value, parameters }) => {
      // `;req`, `;sf`, `;key` and the like have no place in what we ask a client to cover.
      if (parameters.size > 0) throw new MalformedCredentials('signature_component_parameters');
      return value;
    });
    if (new Set(components).size !== components.length)
      throw new MalformedCredentials('signature_component_twice');
    inputs.set(label, { components, parameters: parametersOf(list), raw: list.raw });
  }
  return inputs;
}

/** RFC 9421 §4.2: signatures by label. Throws MalformedCredentials. */
export function parseSignature(field: string): Map<string, Uint8Array> {
  const members = parseBytesDictionary(field);
  if (!members) throw new MalformedCredentials('signature');
  return members;
}

/** Value of a component (RFC 9421 §2.1, §2.2), or undefined when the request has none. */
function componentValue(name: string, { method, targetUri, headers }: SignedMessage): string | undefined {
  if (!name.startsWith('@')) {
    if (name !== name.toLowerCase()) return undefined;
    const values = headerValues(headers, name);
    return values.length === 0
      ? undefined
      : values.map((value) => trimFieldValue(value).replace(/\r?\n[ \t]+/g, ' ')).join(', ');
  }
  const schemeEnd = targetUri.indexOf('://');
  const pathStart = targetUri.indexOf('/', schemeEnd + 3);
  const queryStart = targetUri.indexOf('?', pathStart);
  switch (name) {
    case '@method':
      return method;
    case '@target-uri':
      return targetUri;
    case '@scheme':
      return targetUri.slice(0, schemeEnd);
    case '@authority':
      return targetUri.slice(schemeEnd + 3, pathStart);
    case '@request-target':
      return targetUri.slice(pathStart);
    case '@path':
      return targetUri.slice(pathStart, queryStart < 0 ? undefined : queryStart);
    case '@query':
      return queryStart < 0 ? '?' : targetUri.slice(queryStart);
    default:
      return undefined;
  }
}

/** RFC 9421 §2.5: the bytes (Latin-1 text) that are signed, or undefined when a covered component is not there. */
export function signatureBase(
  input: Pick<SignatureInput, 'components' | 'raw'>,
  message: SignedMessage,
): string | undefined {
  let base = '';
  for (const name of input.components) {
    const value = componentValue(name, message);
    if (value === undefined) return undefined;
    base += `${formatString(name)}: ${value}\n`;
  }
  return `${base}"@signature-params": ${input.raw}`;
}

/** The signing side: serialises what is covered, in order. */
export function formatSignatureInput(components: readonly string[], parameters: SignatureParameters): string {
  const list = `(${components.map(formatString).join(' ')})`;
  const written = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return (
    list +
    written
      .map(([name, value]) => `;${name}=${typeof value === 'number' ? value : formatString(value as string)}`)
      .join('')
  );
}

/** RFC 9421 §4.2. */
export function formatSignature(label: string, signature: Uint8Array): string {
  return `${label}=${formatBytes(signature)}`;
}
