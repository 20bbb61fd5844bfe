/** The time against which claims are held, and how far the issuer's clock may be off; both in seconds. */
export interface TimeTolerance {
  readonly nowSeconds: number;
  readonly skewSeconds: number;
}

function isNumericDate(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

/**
 * Checks `exp` (which has to be there), `nbf` and `iat` (RFC 7519 §4.1.4 to §4.1.6), which may be fractional. Returns
 * why the claims are refused, a word for the log, or undefined when they hold: `exp_missing`, `exp_invalid`, `expired`,
 * `nbf_invalid`, `not_yet_valid`, `iat_invalid`, `issued_in_future`.
 */
export function checkTimes(
  claims: Readonly<Record<string, unknown>>,
  { nowSeconds, skewSeconds }: TimeTolerance,
): string | undefined {
  const { exp, nbf, iat } = claims;
  if (exp === undefined) return 'exp_missing';
  if (!isNumericDate(exp) || exp <= 0) return 'exp_invalid';
  if (exp <= nowSeconds - skewSeconds) return 'expired';
  const latest = nowSeconds + skewSeconds;
  if (nbf !== undefined) {
    if (!isNumericDate(nbf)) return 'nbf_invalid';
    if (nbf > latest) return 'not_yet_valid';
  }
  if (iat !== undefined) {
    if (!isNumericDate(iat)) return 'iat_invalid';
    if (iat > latest) return 'issued_in_future';
  }
  return undefined;
}

/**
 * Whether `aud` (RFC 7519 §4.1.3: one string or a list of them) names one of the accepted audiences, compared
 * character by character. False for anything that is not of that shape.
 */
export function audienceIncludes(aud: unknown, accepted: readonly string[]): boolean {
  if (typeof aud === 'string') return accepted.includes(aud);
  if (!Array.isArray(aud) || !aud.every((one) => typeof one === 'string')) return false;
  return aud.some((one: string) => accepted.includes(one));
}
