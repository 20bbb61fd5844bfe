const ID = /^[\x20-\x7e]{1,128}$/;
const LONGEST_USER_ID = 256;
const LONGEST_RESOURCE = 256;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Whether a row can have this id. What cannot is not asked for: PostgreSQL answers some of it with an error. */
export function isId(text: string): boolean {
  return ID.test(text);
}

/** Only in the one spelling that PostgreSQL gives back: under another, copies of a row would be kept twice. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** Whether PostgreSQL keeps the text as it is: it knows no NUL, and half a surrogate pair would become U+FFFD. */
export function isKeptAsItIs(text: string): boolean {
  return !text.includes('\0') && !/\p{Cs}/u.test(text);
}

/** Whether it can be the id of a user, whoever keeps users. */
export function isUserId(text: string): boolean {
  return text !== '' && text.length <= LONGEST_USER_ID && isKeptAsItIs(text);
}

/** Whether it can identify a resource server. */
export function isResourceText(text: string): boolean {
  return text !== '' && text.length <= LONGEST_RESOURCE && isKeptAsItIs(text);
}
