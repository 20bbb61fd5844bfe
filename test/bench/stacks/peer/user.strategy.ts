import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-http-bearer';
import { AUDIENCE, TOKEN_ISSUER } from '../../issuers.js';
import type { BankRequest, User } from './bank-request.js';
import { verifyToken } from './verify-token.js';

@Injectable()
export class UserStrategy extends PassportStrategy(Strategy, 'bearer') {
  constructor(private readonly jwt: JwtService) {
    super({ passReqToCallback: true });
  }

  async validate({ callingApp: app }: BankRequest, token: string): Promise<User | false> {
    const claims = verifyToken(this.jwt, token, 'at+jwt', { issuer: TOKEN_ISSUER, audience: AUDIENCE });
    if (!claims || claims['client_id'] !== app?.id) return false;
    const { sub, scope } = claims;
    if (typeof sub !== 'string' || sub === app?.id) return false;
    return { id: sub, scopes: String(scope ?? '').split(' ') };
  }
}
