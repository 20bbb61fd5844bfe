import { Controller, Get, Header, Req, Res } from '@nestjs/common';
import { messageOf, PipelineOptions, Public, readRequest, SecurityProblem } from '../../../pipeline/index.js';
import { TokenOptions } from '../../tokens/index.js';
import { PublishedDocuments } from './published-documents.js';
import { ServerMetadata } from './server-metadata.js';

const MAX_AGE_SECONDS = 60;
const WELL_KNOWN = '.well-known/oauth-authorization-server';
/** RFC 8414 §3.1: the path of the issuer follows; adapters do not agree on how any path is written. */
const PATHS = ['', '/:one', '/:one/:two', '/:one/:two/:three'].map((rest) => `${WELL_KNOWN}${rest}`);

/** Authorization server metadata (RFC 8414 §3). */
@Controller()
export class MetadataController {
  constructor(
    private readonly metadata: ServerMetadata,
    private readonly documents: PublishedDocuments,
    private readonly tokens: TokenOptions,
    private readonly options: PipelineOptions,
  ) {}

  @Public()
  @Header('Cache-Control', `public, max-age=${MAX_AGE_SECONDS}`)
  @Header('Access-Control-Allow-Origin', '*')
  @Get(PATHS)
  async show(
    @Req() request: object,
    @Res({ passthrough: true }) response: object,
  ): Promise<object | undefined> {
    const { target } = readRequest(messageOf(request), this.options);
    const { pathname } = new URL(this.tokens.issuer);
    if (target.split('?', 1)[0] !== `/${WELL_KNOWN}${pathname.replace(/\/$/, '')}`)
      throw new SecurityProblem('not_found', { reason: 'no_such_issuer' });
    return this.documents.show(request, response, await this.metadata.show());
  }
}
