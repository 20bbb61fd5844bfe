import { AuthGuard } from '@nestjs/passport';

export class HawkGuard extends AuthGuard('hawk') {
  override getAuthenticateOptions() {
    return { property: 'callingApp', session: false };
  }
}

export class IntegrityGuard extends AuthGuard('integrity') {
  override getAuthenticateOptions() {
    return { property: 'integrity', session: false };
  }
}

export class UserGuard extends AuthGuard('bearer') {
  override getAuthenticateOptions() {
    return { property: 'user', session: false };
  }
}
