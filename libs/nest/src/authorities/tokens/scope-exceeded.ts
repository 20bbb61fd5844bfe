/** More was asked than had been granted (RFC 6749 §6). The grant itself holds as it did. */
export class ScopeExceeded extends Error {
  constructor() {
    super('more scopes were asked for than had been granted');
    this.name = 'ScopeExceeded';
  }
}
