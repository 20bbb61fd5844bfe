import { z } from 'zod';

const LONGEST = 2048;

/** RFC 3986 §2 without `#`, which begins a fragment (RFC 6749 §3.1.2), and `*`, which promises to be filled in. */
const CHARACTERS = /^[A-Za-z0-9\-._~:/?[\]@!$&'()+,;=%]+$/;
/** `.` and `..` are resolved away by whoever follows the redirect, which then ends elsewhere. */
const DOT_SEGMENT = /^[^?]*[:/](?:\.|%2e){1,2}(?:[/?]|$)/i;
const HTTPS = /^https:\/\/(?:[^/?@:[\]]+|\[[\da-f:.]+\])(?::\d{1,5})?(?:[/?]|$)/i;
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:[/?]|$)/;
/** RFC 8252 §7.1: a domain name in reverse, which nobody else's app has by chance. */
const REVERSE_DOMAIN = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:(?:\/\/[^/?@]*(?:[/?]|$)|(?!\/\/).)/;

/** RFC 6749 §3.1.2, RFC 8252 §7: where the answer of an authorization request may go. It is compared letter by letter. */
export const redirectUri = z
  .string()
  .max(LONGEST, `expected at most ${LONGEST} characters`)
  .superRefine((text, context) => {
    const message = mistakeIn(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

function mistakeIn(text: string): string | undefined {
  if (!CHARACTERS.test(text) || !URL.canParse(text)) return 'expected an absolute URI without a fragment';
  if (DOT_SEGMENT.test(text)) return 'expected a path without segments of dots';
  if (text.startsWith('https:'))
    return HTTPS.test(text) ? undefined : 'expected https://, a host, and no user';
  // RFC 8252 §8.3: `localhost` may be looked up elsewhere, and listens on more than loopback.
  if (text.startsWith('http:'))
    return LOOPBACK.test(text) ? undefined : 'expected http: of 127.0.0.1 or [::1] alone';
  return REVERSE_DOMAIN.test(text)
    ? undefined
    : 'expected a scheme with a dot, such as com.example.app:/callback';
}
