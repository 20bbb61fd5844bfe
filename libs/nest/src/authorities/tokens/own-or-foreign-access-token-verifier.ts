import { AccessTokenVerifier, type UserCredential } from '../../layers/user/index.js';

type Found = UserCredential | undefined;

/** Where tokens are issued here and by somebody else as well. Their issuers differ: no token is taken for the other's. */
export class OwnOrForeignAccessTokenVerifier extends AccessTokenVerifier {
  constructor(
    private readonly own: AccessTokenVerifier,
    private readonly foreign: AccessTokenVerifier,
  ) {
    super();
  }

  override verify(text: string): Found | Promise<Found> {
    const found = this.own.verify(text);
    return found instanceof Promise
      ? found.then((credential) => credential ?? this.foreign.verify(text))
      : (found ?? this.foreign.verify(text));
  }
}
