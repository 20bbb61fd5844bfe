import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-custom';
import type { BankRequest } from './bank-request.js';
import { verifyToken, type Claims } from './verify-token.js';

@Injectable()
export class IntegrityStrategy extends PassportStrategy(Strategy, 'integrity') {
  constructor(private readonly jwt: JwtService) {
    super();
  }

  async validate({ headers, callingApp: app }: BankRequest): Promise<Claims | false> {
    if (!app) return false;
    // A KeyObject is taken, and the typings do not know.
    const secret = app.integrityKey as unknown as Buffer;
    const claims = verifyToken(this.jwt, String(headers['x-integrity-token']), 'integrity+jwt', { secret });
    return claims?.['sub'] === app.id && claims;
  }
}
