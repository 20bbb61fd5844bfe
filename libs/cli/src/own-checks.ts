import type { Finding } from './finding.js';
import { isLoopback } from './server-address.js';

const SLOW_MS = 1_000;
const NOTICEABLE_MS = 2_000;
/** What the server admits a signature to be ahead, unless told otherwise. */
const TOO_FAR_MS = 10_000;
const DAY_MS = 86_400_000;
const RENEW_WITHIN_DAYS = 21;

export function checkAddress(address: URL): Finding {
  const name = 'address';
  if (address.protocol === 'https:') return { name, status: 'ok', detail: `${address.origin}, encrypted` };
  if (isLoopback(address)) return { name, status: 'ok', detail: `${address.origin}, on this machine` };
  return {
    name,
    status: 'warn',
    detail: `${address.origin}: the administration key travels unencrypted`,
    advice: 'Put TLS before the server, or reach it through a tunnel.',
  };
}

export function checkLatency(tookMs: number): Finding {
  const detail = `answered after ${Math.round(tookMs)} ms`;
  if (tookMs <= SLOW_MS) return { name: 'reachable', status: 'ok', detail };
  const advice = 'Look at the load of the server and at the network between.';
  return { name: 'reachable', status: 'warn', detail, advice };
}

/** Times in milliseconds since the Unix epoch, by this machine's clock unless told otherwise. */
export interface Exchange {
  readonly askedAt: number;
  readonly answeredAt: number;
  /** By the server's clock, somewhere between. */
  readonly serverNow: number;
}

/** How far apart the clocks are for certain: half the way there and back could be either. */
export function checkClock({ askedAt, answeredAt, serverNow }: Exchange): Finding {
  const name = 'clock-here';
  if (Number.isNaN(serverNow))
    return {
      name,
      status: 'warn',
      detail: 'the server does not say what time it is',
      advice: 'Bring the server up to date.',
    };
  const apartMs = serverNow - (askedAt + answeredAt) / 2;
  const certainMs = Math.max(0, Math.abs(apartMs) - (answeredAt - askedAt) / 2);
  const detail =
    certainMs < NOTICEABLE_MS
      ? 'this machine and the server agree'
      : `the server is ${(Math.abs(apartMs) / 1000).toFixed(1)} s ${apartMs > 0 ? 'ahead of' : 'behind'} this machine`;
  if (certainMs < NOTICEABLE_MS) return { name, status: 'ok', detail };
  return {
    name,
    status: certainMs < TOO_FAR_MS ? 'warn' : 'fail',
    detail,
    advice:
      'Let both machines take their time from NTP (timedatectl status says whether they do). Signatures are refused when clocks are apart.',
  };
}

/** Days by this machine's clock. */
export function checkCertificate(expiresAt: Date, now: number): Finding {
  const name = 'certificate';
  const days = Math.floor((expiresAt.getTime() - now) / DAY_MS);
  const detail = `the TLS certificate expires in ${days} days (${expiresAt.toISOString()})`;
  if (days > RENEW_WITHIN_DAYS) return { name, status: 'ok', detail };
  const advice = 'Renew it, and look at why it was not renewed by itself.';
  return days >= 0
    ? { name, status: 'warn', detail, advice }
    : { name, status: 'fail', detail: `the TLS certificate expired on ${expiresAt.toISOString()}`, advice };
}
