const LONGEST = 256;
/** RFC 3986 §4.3: a scheme, and no fragment. */
const ABSOLUTE_URI = /^[A-Za-z][A-Za-z0-9+.-]*:(?:[A-Za-z0-9\-._~:/?[\]@!$&'()*+,;=]|%[\dA-Fa-f]{2})+$/;

/** Whether it can identify a resource server (RFC 8707 §2): an absolute URI without a fragment, at most 256 characters long. */
export function isResourceIdentifier(text: string): boolean {
  return text.length <= LONGEST && ABSOLUTE_URI.test(text) && URL.canParse(text);
}
