import { AnswerError } from './answer-error.js';
import { AuthorizationError } from './authorization-error.js';
import type { AuthorizationServer } from './authorization-server.js';
import type { BackChannel } from './back-channel.js';
import type { TokenSession } from './kept-session.js';
import { withinTimeLimit } from './within-time-limit.js';

/** A network that swallows what it is sent must not keep a user from signing out. */
const TIME_LIMIT_MS = 20_000;

/** Ends a session that the authorization server has given tokens for (RFC 7009). */
export class Revocation {
  constructor(
    private readonly server: AuthorizationServer,
    private readonly channel: BackChannel,
  ) {}

  /** With its refresh token, which takes the access tokens along. Throws when the server could not be told. */
  async revoke({ refreshToken, issuer }: TokenSession): Promise<void> {
    // The app asks another server by now, and that one is not shown the token.
    if (issuer !== this.server.issuer) throw new AuthorizationError('issuer_mismatch');
    const { revocation_endpoint: url } = await this.server.metadata();
    if (url === undefined)
      throw new AuthorizationError('server_unsuitable', { metadataMember: 'revocation_endpoint' });
    const credentials = await this.channel.credentials();
    const { status } = await withinTimeLimit(TIME_LIMIT_MS, (signal) =>
      this.channel.post({
        url,
        form: { token: refreshToken, token_type_hint: 'refresh_token' },
        credentials,
        proof: 'none',
        signal,
      }),
    );
    if (status !== 200) throw new AnswerError('answer_unexpected', status);
  }
}
