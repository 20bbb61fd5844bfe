import { Injectable } from '@nestjs/common';
import { AppStore } from '../../authorities/apps/index.js';
import { Clock } from '../../pipeline/index.js';
import type { Chore } from './chore.js';

/** As long after its end a secret stays to be seen: an app that still uses it is then easily explained. */
const STAYS_MS = 86_400_000;

/** Secrets of apps whose overlap is over. */
@Injectable()
export class ExpiredAppSecretsChore implements Chore {
  readonly name = 'secrets of apps that have expired';

  constructor(
    private readonly apps: AppStore,
    private readonly clock: Clock,
  ) {}

  removeSome(): Promise<number> {
    return this.apps.removeExpiredSecrets(new Date(this.clock.now() - STAYS_MS));
  }
}
