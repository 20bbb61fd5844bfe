import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import type { App, BankRequest } from './bank-request.js';
import { hawk } from './hawk-server.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** `Server-Authorization`, over the very bytes that are sent. */
@Injectable()
export class AnswerMac implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<string> {
    const http = context.switchToHttp();
    const { callingApp: app, hawk: artifacts } = http.getRequest<BankRequest>();
    const response = http.getResponse<{ header(name: string, value: string): void }>();
    return next.handle().pipe(
      map((value: unknown) => {
        const payload = JSON.stringify(value);
        response.header('Content-Type', JSON_TYPE);
        const mac = hawk.header(app as App, artifacts, { payload, contentType: JSON_TYPE });
        response.header('Server-Authorization', mac);
        return payload;
      }),
    );
  }
}
