import type { NewSession, StartedTokenSession } from '../../libs/nest/src/authorities/sessions/index.js';
import { InvalidGrant } from '../../libs/nest/src/authorities/tokens/index.js';
import type { AuthorityNode } from './authority-node.js';
import { noteSecret } from './log-book.js';
import type { Login } from './sign-in.js';

/** Sessions with tokens of one user through one app, as the nodes of an application see them. */
export class TokenSessions {
  constructor(
    private readonly app: NewSession['app'],
    private readonly login: Login,
  ) {}

  /** Throws as a sign-in does. */
  async start(node: AuthorityNode, more: Partial<NewSession> = {}): Promise<StartedTokenSession> {
    const { username, password } = this.login;
    const user = await node.accounts.authenticate(username, password);
    if (!user) throw new Error('no user');
    const started = await node.sessions.start({ user, app: this.app, ...more, kind: 'tokens' });
    noteSecret(started.accessToken);
    noteSecret(started.refreshToken);
    return started;
  }

  async holds(node: AuthorityNode, accessToken: string): Promise<boolean> {
    return (await node.tokens?.verifier.verify(accessToken)) !== undefined;
  }

  /** The next refresh token, or undefined where this one is refused. */
  async refreshed(node: AuthorityNode, refreshToken: string): Promise<string | undefined> {
    try {
      const bearer = { appId: this.app.id, boundKey: null, rotates: true };
      const families = node.tokens?.families;
      const redeemed = await families?.redeem({ token: families.read(refreshToken), ...bearer });
      return noteSecret(redeemed?.refreshToken as string);
    } catch (error) {
      if (error instanceof InvalidGrant) return undefined;
      throw error;
    }
  }
}
