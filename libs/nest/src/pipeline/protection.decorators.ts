import { applyDecorators, SetMetadata, UseGuards } from '@nestjs/common';
import { ProtectGuard } from './layer.guard.js';
import type { ProtectOptions } from './protection.js';

export const PROTECT = Symbol('portcullis:protect');
export const PUBLIC = Symbol('portcullis:public');
export const STRICT_REVOCATION = Symbol('portcullis:strict-revocation');
export const PROTECTED_ELSEWHERE = Symbol('portcullis:protected-elsewhere');

/** Demands the app key and whatever is named, in the canonical order: the same plan as stacked guards make. */
export function Protect(options: ProtectOptions = {}): ClassDecorator & MethodDecorator {
  return applyDecorators(SetMetadata(PROTECT, options), UseGuards(ProtectGuard));
}

/** For stacked guards: the same as `revocation: 'strict'`. */
export function StrictRevocation(): ClassDecorator & MethodDecorator {
  return SetMetadata(STRICT_REVOCATION, true);
}

/** Opens a route to everybody. */
export function Public(): ClassDecorator & MethodDecorator {
  return SetMetadata(PUBLIC, true);
}

/** Says that a guard which is not of this library protects the route, and which. */
export function ProtectedElsewhere(reason: string): ClassDecorator & MethodDecorator {
  if (reason.trim() === '') throw new TypeError('@ProtectedElsewhere needs a reason');
  return SetMetadata(PROTECTED_ELSEWHERE, reason);
}
