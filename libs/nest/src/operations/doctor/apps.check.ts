import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import {
  Apps,
  SecretVault,
  weakSettingsOf,
  type AppRecord,
  type AppSecretRecord,
} from '../../authorities/apps/index.js';
import { Clock } from '../../pipeline/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';

/** Of a registry that may be large; and never so many at once that requests wait. */
const EXAMINED = 100;
const AT_ONCE = 2;
const SHOWN = 10;
const ROTATE = 'Rotate their signing or client secret: portcullis secrets rotate <app> --purpose signing.';
const NAME_A_REDIRECT_URI =
  'Say where the app is answered: portcullis apps change <app> --redirect-uri com.example.app:/callback.';

interface ExaminedApp {
  readonly id: string;
  /** A confidential app that could not authenticate any more. */
  readonly lacksSecrets: boolean;
  readonly live: number;
  readonly broken: number;
}

/** Whether registered apps can authenticate, and whether the key ring opens what is kept of them. */
@Injectable()
export class AppsCheck implements HealthCheck {
  readonly name = 'apps';

  constructor(
    private readonly apps: Apps,
    private readonly vault: SecretVault,
    private readonly clock: Clock,
  ) {}

  async examine(): Promise<Finding[]> {
    const all = await this.apps.list();
    const limit = pLimit(AT_ONCE);
    const examined = await Promise.all(
      all.slice(0, EXAMINED).map(({ id }) => limit(() => this.examineApp(id))),
    );
    return [appsFinding(all, examined), keyRingFinding(examined, all.length > EXAMINED)];
  }

  private async examineApp(id: string): Promise<ExaminedApp> {
    const { app, secrets } = await this.apps.get(id);
    const now = this.clock.now();
    const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt.getTime() > now);
    const canAuthenticate = app.clientKeys.length > 0 || live.some(({ purpose }) => purpose !== 'integrity');
    return {
      id,
      lacksSecrets: app.clientType === 'confidential' && !canAuthenticate,
      live: live.length,
      broken: live.filter((secret) => secret.sealed !== null && !this.opens(secret)).length,
    };
  }

  private opens(secret: AppSecretRecord): boolean {
    try {
      this.vault.signingSecret(secret);
      return true;
    } catch {
      return false;
    }
  }
}

function appsFinding(all: readonly AppRecord[], examined: readonly ExaminedApp[]): Finding {
  const suspended = all.filter((app) => app.suspended).length;
  const inUse = all.filter((app) => !app.suspended);
  const weak = inUse.filter((app) => weakSettingsOf(app).length > 0);
  const lacking = examined.filter(({ lacksSecrets }) => lacksSecrets);
  const unanswerable = inUse.filter(sendsUsersNowhere);
  const detail = [
    `${all.length} registered, ${suspended} suspended`,
    ...(weak.length > 0 ? [`allowed what is weak: ${idsOf(weak)}`] : []),
    ...(lacking.length > 0 ? [`confidential and without any secret: ${idsOf(lacking)}`] : []),
    ...(unanswerable.length > 0 ? [`users sign in for it, and no redirect URI: ${idsOf(unanswerable)}`] : []),
  ].join('; ');
  const advice = [
    ...(lacking.length > 0 ? [ROTATE] : []),
    ...(unanswerable.length > 0 ? [NAME_A_REDIRECT_URI] : []),
  ].join(' ');
  return advice === ''
    ? { name: 'apps', status: 'ok', detail }
    : { name: 'apps', status: 'warn', detail, advice };
}

/** Every authorization request of such an app ends on an error page. */
function sendsUsersNowhere({ grantTypes, redirectUris }: AppRecord): boolean {
  const signsUsersIn = grantTypes.includes('authorization_code') || grantTypes.includes('implicit');
  return signsUsersIn && redirectUris.length === 0;
}

function keyRingFinding(examined: readonly ExaminedApp[], isPart: boolean): Finding {
  const broken = examined.filter((app) => app.broken > 0);
  const secrets = examined.reduce((sum, { live }) => sum + live, 0);
  const of = `${secrets} secrets of ${isPart ? `the first ${EXAMINED}` : examined.length} apps`;
  if (broken.length === 0) return { name: 'key-ring', status: 'ok', detail: `opens all ${of}` };
  return {
    name: 'key-ring',
    status: 'fail',
    detail: `does not open secrets of ${idsOf(broken)}`,
    advice:
      'Put the key under which they were sealed back into the ring (in the sample PORTCULLIS_KEY_RING). If it is lost, rotate their secrets.',
  };
}

/** Ids of apps are printable and no secret. */
function idsOf(apps: readonly Pick<AppRecord, 'id'>[]): string {
  const shown = apps.slice(0, SHOWN).map(({ id }) => id);
  return apps.length > SHOWN ? `${shown.join(', ')} and ${apps.length - SHOWN} more` : shown.join(', ');
}
