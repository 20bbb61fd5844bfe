/** `Retry-After` in seconds (RFC 9110 §10.2.3); the form with a date would need a clock that is right. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const field = headers.get('retry-after');
  return field !== null && /^\d{1,9}$/.test(field) ? Number(field) : undefined;
}
