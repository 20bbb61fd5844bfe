import type { InboundRequest } from '../../../pipeline/index.js';
import { SessionOptions } from '../../sessions/index.js';
import { TokenOptions } from '../../tokens/index.js';
import { BrowserCookies } from './browser-cookies.js';

const cookiesOf = (issuer: string) => new BrowserCookies(new TokenOptions({ issuer }), new SessionOptions());
const secure = cookiesOf('https://bank.example');

function sending(...cookies: string[]): InboundRequest {
  return { rawHeaders: cookies.flatMap((value) => ['Cookie', value]) } as unknown as InboundRequest;
}

/** The pair that a browser sends back. */
function pairOf(headers: Readonly<Record<string, string>>): string {
  return headers['Set-Cookie']?.split(';')[0] ?? '';
}

describe('the cookies of the authorization server', () => {
  it('[I05] are kept for this host alone, and come back', () => {
    const { browser, headers } = secure.nameBrowser();
    expect(headers['Set-Cookie']).toBe(
      `__Host-portcullis_interaction=${browser}; Path=/; HttpOnly; SameSite=Lax; Secure`,
    );
    expect(secure.browserOf(sending(`a=b; ${pairOf(headers)}; c=d`))).toBe(browser);
    const proof = secure.keepDeviceProof('a-proof.1.x');
    expect(proof['Set-Cookie']).toMatch(/; Secure; Max-Age=7776000$/);
    expect(secure.deviceProofOf(sending(pairOf(proof)))).toBe('a-proof.1.x');
  });

  it('are named without a prefix, which needs https, where there is none', () => {
    const { headers } = cookiesOf('http://127.0.0.1:3000').nameBrowser();
    expect(headers['Set-Cookie']).toMatch(
      /^portcullis_interaction=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
    );
  });

  it('[I05] count as none when another host of the domain has planted one, or their form is not ours', () => {
    const pair = pairOf(secure.nameBrowser().headers);
    const value = pair.slice(pair.indexOf('=') + 1);
    for (const cookies of [
      [`${pair}; ${pair}`],
      [pair, pair],
      [pair.replace('__Host-', '')],
      [pair.replace('__Host-', '__host-')],
      [`${pair}A`],
      [`__Host-portcullis_interaction="${value}"`],
      [`x${pair}`],
      [],
    ])
      expect(secure.browserOf(sending(...cookies))).toBeUndefined();
    expect(secure.deviceProofOf(sending(`__Host-portcullis_device=${'a'.repeat(201)}`))).toBeUndefined();
  });
});
