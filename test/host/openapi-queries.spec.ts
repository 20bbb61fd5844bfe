import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiQuery, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { describeRoutes, Public, ZodValidationPipe } from '@portcullis/nest';
import { z } from 'zod';
import { ADAPTERS, startHost } from '../support/host-app.js';

const page = z.object({
  size: z.string().regex(/^\d+$/).describe('How many at most.').optional(),
  from: z.string(),
});

@Public()
@Controller('things')
class ThingsController {
  @ApiQuery({ name: 'from', required: false })
  @ApiQuery({ name: 'lang', description: 'Of the answer.' })
  @Get(':kind')
  list(
    @Param('kind') kind: string,
    @Query(new ZodValidationPipe(page)) query: z.output<typeof page>,
  ): object {
    return { kind, ...query };
  }

  @Get()
  one(@Query('name', new ZodValidationPipe(z.string())) name: string): object {
    return { name };
  }
}

describe.each(ADAPTERS)("A host's OpenAPI document on %s", (adapter) => {
  it("has a query's members once, with their descriptions, beside what else was said of the route", async () => {
    const { app } = await startHost(adapter, { controllers: [ThingsController] });
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    describeRoutes(document, app);
    await app.close();
    const { paths } = document as unknown as {
      readonly paths: Record<string, Record<string, { readonly parameters: unknown }>>;
    };
    const parametersOf = (path: string) => paths[path]?.['get']?.parameters;
    expect(parametersOf('/things/{kind}')).toEqual([
      expect.objectContaining({ name: 'kind', in: 'path', required: true }),
      expect.objectContaining({ name: 'lang', in: 'query', description: 'Of the answer.' }),
      {
        name: 'size',
        in: 'query',
        required: false,
        description: 'How many at most.',
        schema: { type: 'string', pattern: '^\\d+$' },
      },
      { name: 'from', in: 'query', required: true, schema: { type: 'string' } },
    ]);
    expect(parametersOf('/things')).toEqual([expect.objectContaining({ name: 'name', in: 'query' })]);
  });
});
