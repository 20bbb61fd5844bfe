import { Module, type DynamicModule } from '@nestjs/common';
import { ApiDocument } from './api-document.js';
import { DocsController } from './docs.controller.js';

@Module({})
export class DocsModule {
  /** `issuer`: the address under which the document says that the API is reached. */
  static forIssuer(issuer: string): DynamicModule {
    return {
      module: DocsModule,
      controllers: [DocsController],
      providers: [{ provide: ApiDocument, useValue: new ApiDocument(issuer) }],
    };
  }
}
