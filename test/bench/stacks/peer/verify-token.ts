import type { JwtService, JwtVerifyOptions } from '@nestjs/jwt';

export type Claims = Readonly<Record<string, unknown>>;

/** `jti`s are not looked at: these tokens may be used for as long as they live. */
export function verifyToken(
  jwt: JwtService,
  token: string,
  type: string,
  options: JwtVerifyOptions,
): Claims | undefined {
  try {
    const { header, payload } = jwt.verify<{ header: Claims; payload: Claims }>(token, {
      algorithms: ['HS256'],
      clockTolerance: 5,
      complete: true,
      ...options,
    });
    const timely = typeof payload['exp'] === 'number' && typeof payload['iat'] === 'number';
    return header['typ'] === type && timely ? payload : undefined;
  } catch {
    return undefined;
  }
}
