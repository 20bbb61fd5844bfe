import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { describeRoutes } from '@portcullis/nest';

/** Routes of the documentation, which the adapter serves itself and which are open. */
export const DOCS_ROUTES = ['GET /docs', 'GET /docs/*', 'GET /docs-json', 'GET /docs-yaml'];

/** `GET /docs`, the OpenAPI page, and `GET /docs-json`, its document: what each route demands and takes is read from its guards. */
export function serveDocs(bank: INestApplication, issuer: string): void {
  let document: OpenAPIObject | undefined;
  // Made when it is first asked for: the plans are compiled when the application has started.
  SwaggerModule.setup('docs', bank, () => (document ??= documentOf(bank, issuer)), {
    jsonDocumentUrl: 'docs-json',
    yamlDocumentUrl: 'docs-yaml',
  });
}

function documentOf(bank: INestApplication, issuer: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Sample bank')
    .setDescription('A bank whose API is guarded in layers. Each route says what it demands.')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .addServer(issuer)
    .build();
  const document = SwaggerModule.createDocument(bank, config);
  describeRoutes(document, bank);
  return document;
}
