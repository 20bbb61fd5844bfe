import request from 'supertest';
import type { INestApplication } from '@nestjs/common';
import type { TestRequest } from '@portcullis/nest/testing';

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly headers: Record<string, string>;
}

/** Over loopback, as the app made it. */
export async function sendTo(
  app: INestApplication,
  { method, path, headers, body }: TestRequest,
): Promise<Answered> {
  const sending = request(app.getHttpServer())[method.toLowerCase() as 'get'](path).set(headers);
  const answer = await (body === undefined ? sending : sending.send(body as string));
  return answer as unknown as Answered;
}
