import type { Origin } from '@portcullis/wire';
import { utf8Bytes } from './text-bytes.js';

// What no URL parser rewrites. It would write `'` otherwise in a query, and not in a path.
const REWRITTEN_IN_PATH = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/%[\]]/gu;
const REWRITTEN_IN_QUERY = /[^A-Za-z0-9\-._~!$&()*+,;=:@/%[\]?]/gu;
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

function percentEncoded(character: string): string {
  let text = '';
  for (const byte of utf8Bytes(character)) text += `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  return text;
}

function withinOrigin(input: string, origin: Origin): string | undefined {
  if (input.startsWith('/')) return input;
  if (!input.startsWith(origin.text)) return undefined;
  const rest = input.slice(origin.text.length);
  if (rest === '' || rest.startsWith('?') || rest.startsWith('#')) return `/${rest}`;
  return rest.startsWith('/') ? rest : undefined;
}

/**
 * Path and query as they travel, of a path or a URL of the origin: written so that every runtime's URL parser (WHATWG URL
 * §4.4) leaves it as it is, for what is signed must be what is sent. Throws a TypeError for another origin, to which
 * credentials would go, and for `.` and `..` in the path. Without the `URL` class, of which React Native has a part.
 */
export function requestTarget(input: string, origin: Origin): string {
  const inside = withinOrigin(input, origin);
  if (inside === undefined) throw new TypeError(`expected a path, or a URL of ${origin.text}`);
  const [sent] = inside.split('#', 1) as [string];
  const queryStart = sent.indexOf('?');
  const path = queryStart < 0 ? sent : sent.slice(0, queryStart);
  const query = queryStart < 0 ? '' : `?${sent.slice(queryStart + 1)}`;
  // A backslash is a slash to WHATWG; encoded it is none.
  const written = path.replace(REWRITTEN_IN_PATH, percentEncoded);
  if (written.split('/').some((segment) => DOT_SEGMENT.test(segment)))
    throw new TypeError('expected a path without "." and ".." segments');
  return written + query.replace(REWRITTEN_IN_QUERY, percentEncoded);
}
