import { SetMetadata } from '@nestjs/common';
import { APP_SCOPES, USER_SCOPES } from './scope-metadata.js';

/** Scopes that the calling app must hold. */
export function AppScopes(...scopes: readonly string[]): ClassDecorator & MethodDecorator {
  return SetMetadata(APP_SCOPES, scopes);
}

/** Scopes that must be effective for this user through this app. */
export function UserScopes(...scopes: readonly string[]): ClassDecorator & MethodDecorator {
  return SetMetadata(USER_SCOPES, scopes);
}
