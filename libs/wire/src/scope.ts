/** One scope: `scope-token` of RFC 6749 §3.3, visible ASCII without quotes and backslashes. */
export const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** `scope` of RFC 6749 §3.3: scope tokens with one space between. */
export const SCOPE = new RegExp(
  `${SCOPE_TOKEN.source.slice(0, -1)}(?: ${SCOPE_TOKEN.source.slice(1, -1)})*$`,
);
