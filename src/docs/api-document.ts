import type { INestApplication } from '@nestjs/common';
import { describeRoutes } from '@portcullis/nest';

/** The OpenAPI document, made when it is first asked for: plans are compiled by then, and a start need not wait for it. */
export class ApiDocument {
  private made: Promise<object> | undefined;
  private bank: INestApplication | undefined;

  constructor(private readonly issuer: string) {}

  /** The application whose routes it describes. */
  describe(bank: INestApplication): void {
    this.bank = bank;
  }

  get(): Promise<object> {
    this.made ??= this.make();
    return this.made;
  }

  private async make(): Promise<object> {
    if (!this.bank) throw new Error('nobody said which application the document describes');
    // Loaded now, for it takes as long as a good part of the start.
    const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
    const config = new DocumentBuilder()
      .setTitle('Sample bank')
      .setDescription('A bank whose API is guarded in layers. Each route says what it demands.')
      .setVersion('1')
      .setOpenAPIVersion('3.1.0')
      .addServer(this.issuer)
      .build();
    const document = SwaggerModule.createDocument(this.bank, config);
    for (const path of Object.keys(document.paths)) if (path.startsWith('/docs')) delete document.paths[path];
    describeRoutes(document, this.bank);
    return document;
  }
}
