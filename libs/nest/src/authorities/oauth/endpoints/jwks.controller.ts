import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { Public } from '../../../pipeline/index.js';
import {
  JWKS_MAX_AGE_SECONDS,
  SigningKeyDirectory,
  SigningKeys,
  TokenOptions,
  type PublishedJwk,
} from '../../tokens/index.js';
import { PublishedDocuments } from './published-documents.js';

/** What access tokens are verified with by whoever they are presented to. */
@Controller('oauth')
export class JwksController {
  constructor(
    private readonly directory: SigningKeyDirectory,
    private readonly keys: SigningKeys,
    private readonly options: TokenOptions,
    private readonly documents: PublishedDocuments,
  ) {}

  /** RFC 7517 §5: public keys that verify now or will soon. A secret is never among them. */
  @Public()
  @Get('jwks')
  @Header('Content-Type', 'application/jwk-set+json')
  // Public keys, for whoever asks: pages of browsers, too.
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
  async show(
    @Req() request: object,
    @Res({ passthrough: true }) response: object,
  ): Promise<{ readonly keys: readonly PublishedJwk[] } | undefined> {
    return this.documents.show(request, response, { keys: await this.keysNow() });
  }

  private async keysNow(): Promise<readonly PublishedJwk[]> {
    const keys = await this.directory.published();
    if (keys.length > 0 || this.options.algorithm !== 'ES256') return keys;
    // Whoever asks before the first token was issued would remember that there is no key.
    await this.keys.makeFirst();
    return this.directory.published();
  }
}
