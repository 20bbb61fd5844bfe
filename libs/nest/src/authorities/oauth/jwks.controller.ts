import { Controller, Get, Header } from '@nestjs/common';
import { Public } from '../../pipeline/index.js';
import {
  JWKS_MAX_AGE_SECONDS,
  SigningKeyDirectory,
  SigningKeys,
  TokenOptions,
  type PublishedJwk,
} from '../tokens/index.js';

/** What access tokens are verified with by whoever they are presented to. */
@Controller('oauth')
export class JwksController {
  constructor(
    private readonly directory: SigningKeyDirectory,
    private readonly keys: SigningKeys,
    private readonly options: TokenOptions,
  ) {}

  /** RFC 7517 §5: public keys that verify now or will soon. A secret is never among them. */
  @Public()
  @Get('jwks')
  @Header('Content-Type', 'application/jwk-set+json')
  @Header('Cache-Control', `public, max-age=${JWKS_MAX_AGE_SECONDS}`)
  async show(): Promise<{ readonly keys: readonly PublishedJwk[] }> {
    const keys = await this.directory.published();
    if (keys.length > 0 || this.options.algorithm !== 'ES256') return { keys };
    // Whoever asks before the first token was issued would remember that there is no key.
    await this.keys.makeFirst();
    return { keys: await this.directory.published() };
  }
}
