import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Header, NotFoundException, Param, StreamableFile } from '@nestjs/common';
import { Public } from '@portcullis/nest';
import { ApiDocument } from './api-document.js';
import { DOCS_FILES, DOCS_INITIALIZER, DOCS_PAGE } from './docs-page.js';

/** `GET /docs`, the API's page, and `GET /docs-json`, its OpenAPI document: what each route demands is read from its guards. */
@Public()
@Controller()
export class DocsController {
  constructor(private readonly document: ApiDocument) {}

  @Header('Content-Type', 'text/html; charset=utf-8')
  @Get('docs')
  page(): string {
    return DOCS_PAGE;
  }

  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Get('docs/initializer.js')
  initializer(): string {
    return DOCS_INITIALIZER;
  }

  @Header('Cache-Control', 'public, max-age=86400')
  @Get('docs/:file')
  async file(@Param('file') name: string): Promise<StreamableFile> {
    const type = DOCS_FILES.get(name);
    if (type === undefined) throw new NotFoundException();
    const { default: folder } = await import('swagger-ui-dist/absolute-path.js');
    return new StreamableFile(createReadStream(join(folder(), name)), { type });
  }

  @Get('docs-json')
  json(): Promise<object> {
    return this.document.get();
  }
}
