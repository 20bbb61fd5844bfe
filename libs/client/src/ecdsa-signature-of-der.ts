const SEQUENCE = 0x30;
const INTEGER = 0x02;
const NUMBER_BYTES = 32;

/** The number that starts at `at`, in 32 bytes, and where it ends; undefined when there is none of P-256. */
function readInteger(der: Uint8Array, at: number): { bytes: Uint8Array; end: number } | undefined {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  if (der[at] !== INTEGER || length === 0 || end > der.byteLength) return undefined;
  let start = at + 2;
  // A leading zero says that the number is positive.
  while (start < end - 1 && der[start] === 0) start += 1;
  if (end - start > NUMBER_BYTES) return undefined;
  const bytes = new Uint8Array(NUMBER_BYTES);
  bytes.set(der.subarray(start, end), NUMBER_BYTES - (end - start));
  return { bytes, end };
}

/**
 * The 64 bytes that a `DpopKey` answers with (RFC 7518 §3.4), of a P-256 signature in DER (RFC 3279 §2.2.3), as the Secure
 * Enclave and the Android Keystore give it. Throws a TypeError for anything else.
 */
export function ecdsaSignatureOfDer(der: Uint8Array): Uint8Array {
  const isSequence = der[0] === SEQUENCE && der[1] === der.byteLength - 2;
  const r = isSequence ? readInteger(der, 2) : undefined;
  const s = r && readInteger(der, r.end);
  if (!r || !s || s.end !== der.byteLength)
    throw new TypeError('expected an ECDSA signature of P-256 in DER');
  const signature = new Uint8Array(2 * NUMBER_BYTES);
  signature.set(r.bytes);
  signature.set(s.bytes, NUMBER_BYTES);
  return signature;
}
