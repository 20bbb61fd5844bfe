import { parseOrigin } from './origin.js';

const UNRESERVED = /^[A-Za-z0-9._~-]$/;
/** Visible ASCII, without what no client leaves in a path as it is and what some read as a slash. */
const PATH = /^[!$%&'()*+,\-./0-9:;=@A-Z[\]^_a-z|~]*$/;

/** Percent-encodings in capitals, and none of what needs none (RFC 3986 §6.2.2.1, §6.2.2.2); undefined for half of one. */
function normaliseEncodings(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined;
  return path.replace(/%[0-9A-Fa-f]{2}/g, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return UNRESERVED.test(character) ? character : encoded.toUpperCase();
  });
}

/** RFC 3986 §5.2.4, of a path that begins with a slash. */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [at, segment] of segments.entries()) {
    const isDots = segment === '.' || segment === '..';
    if (segment === '..') kept.pop();
    if (!isDots) kept.push(segment);
    else if (at === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}

/**
 * The target URI of a request as a DPoP proof names it (`htu`, RFC 9449 §4.2): without query and fragment, in one spelling
 * (RFC 9449 §4.3, RFC 3986 §6.2.2 and §6.2.3). Undefined for anything but an absolute http or https URL without user
 * information. Needs no `URL`, which React Native has by halves.
 */
export function dpopHtu(url: string): string | undefined {
  const match = /^([^/?#]*:\/\/[^/?#]*)([^?#]*)/.exec(url);
  const origin = parseOrigin(match?.[1] ?? '');
  const path = match?.[2] ?? '';
  if (!origin || !PATH.test(path)) return undefined;
  const normalised = normaliseEncodings(path);
  return normalised === undefined ? undefined : origin.text + removeDotSegments(normalised || '/');
}
