import {
  ForbiddenException,
  Injectable,
  SetMetadata,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { BankRequest } from './bank-request.js';

export const NeedsScope = (scope: string) => SetMetadata('scope', scope);

@Injectable()
export class ScopeGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const scope = this.reflector.get<string>('scope', context.getHandler());
    const { callingApp: app, user } = context.switchToHttp().getRequest<BankRequest>();
    if (!app?.scopes.includes(scope) || !user?.scopes.includes(scope)) throw new ForbiddenException();
    return true;
  }
}
