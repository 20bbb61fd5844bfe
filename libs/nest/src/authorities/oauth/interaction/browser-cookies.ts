import { Injectable } from '@nestjs/common';
import { headerValues } from '@portcullis/wire';
import { freshBytes } from '../../../crypto/index.js';
import type { InboundRequest } from '../../../pipeline/index.js';
import { SessionOptions } from '../../sessions/index.js';
import { TokenOptions } from '../../tokens/index.js';

type CookieName = 'portcullis_interaction' | 'portcullis_device';

const BROWSER_BYTES = 32;
const BROWSER = /^[\w-]{43}$/;
/** What `SignIn.proveDevice` may give. */
const DEVICE_PROOF = /^[\w.-]{1,200}$/;

/**
 * What the authorization server has browsers keep: a random value that its forms are bound to, one for all tabs, and the proof
 * that a user has signed in there. Neither lets anybody in.
 */
@Injectable()
export class BrowserCookies {
  constructor(
    private readonly tokens: TokenOptions,
    private readonly sessions: SessionOptions,
  ) {}

  /** The value that this browser's forms are bound to, when it has one. */
  browserOf(inbound: InboundRequest): string | undefined {
    return this.read(inbound, 'portcullis_interaction', BROWSER);
  }

  deviceProofOf(inbound: InboundRequest): string | undefined {
    return this.read(inbound, 'portcullis_device', DEVICE_PROOF);
  }

  /** A value for a browser that has none, and the header that makes it keep it until it is closed. */
  nameBrowser(): { readonly browser: string; readonly headers: Readonly<Record<string, string>> } {
    const browser = freshBytes(BROWSER_BYTES).toString('base64url');
    return { browser, headers: this.keep('portcullis_interaction', browser) };
  }

  keepDeviceProof(proof: string): Readonly<Record<string, string>> {
    return this.keep('portcullis_device', proof, `; Max-Age=${Math.floor(this.sessions.knownForMs / 1000)}`);
  }

  private get isSecure(): boolean {
    return this.tokens.issuer.startsWith('https:');
  }

  /** RFC 6265bis §4.1.3: with the prefix no other host of the domain can plant one, and no page in clear. */
  private nameOf(name: CookieName): string {
    return this.isSecure ? `__Host-${name}` : name;
  }

  private keep(name: CookieName, value: string, maxAge = ''): Readonly<Record<string, string>> {
    // Lax, not Strict: an app sends its user here from elsewhere.
    const attributes = `; Path=/; HttpOnly; SameSite=Lax${this.isSecure ? '; Secure' : ''}${maxAge}`;
    return { 'Set-Cookie': `${this.nameOf(name)}=${value}${attributes}` };
  }

  private read(inbound: InboundRequest, name: CookieName, form: RegExp): string | undefined {
    const prefix = `${this.nameOf(name)}=`;
    const pairs = headerValues(inbound.rawHeaders, 'cookie').flatMap((header) => header.split(/; */));
    const values = pairs.filter((pair) => pair.startsWith(prefix)).map((pair) => pair.slice(prefix.length));
    // Two of a name: one of them was planted, and nobody knows which.
    const [value] = values;
    return values.length === 1 && value !== undefined && form.test(value) ? value : undefined;
  }
}
