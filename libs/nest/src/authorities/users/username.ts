/** 1 to 64 characters; no white space or control character, and no colon, which Basic (RFC 7617 §2) cannot carry. */
const USERNAME = /^[^\s:\p{C}]{1,64}$/u;

/**
 * The one form in which usernames are compared: NFKC and lower case, so that no two users are told apart by a Kelvin
 * sign, a full-width letter or a capital (the aim of RFC 8265 §3.3). Undefined for what can be no username.
 */
export function usernameKey(username: string): string | undefined {
  const key = username.normalize('NFKC').toLowerCase().normalize('NFKC');
  return USERNAME.test(username) && USERNAME.test(key) ? key : undefined;
}
