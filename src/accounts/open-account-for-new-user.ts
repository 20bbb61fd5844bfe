import { Injectable } from '@nestjs/common';
import { NewUserHook } from '@portcullis/nest/admin';
import { AccountOpening } from './account-opening.js';

/** Every user of the bank has a current account from the start. */
@Injectable()
export class OpenAccountForNewUser extends NewUserHook {
  constructor(private readonly opening: AccountOpening) {
    super();
  }

  override async onNewUser(userId: string): Promise<Readonly<Record<string, unknown>>> {
    const { id } = await this.opening.openCurrentAccount(userId);
    return { accounts: [{ id }] };
  }
}
