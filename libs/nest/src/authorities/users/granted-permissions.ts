import { UserPermissions, type PermittedUser } from '../../layers/user/index.js';

/** For a resource server that keeps no users: whoever issued the credential has said what its user may do. */
export class GrantedPermissions extends UserPermissions {
  override of(): PermittedUser {
    return { username: undefined, scopes: undefined };
  }
}
