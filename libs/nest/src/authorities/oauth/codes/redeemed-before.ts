/** The code was redeemed, or may have been. Undoes what was begun for it, and goes no further than that. */
export class RedeemedBefore extends Error {
  constructor() {
    super('the code was redeemed before');
    this.name = 'RedeemedBefore';
  }
}
