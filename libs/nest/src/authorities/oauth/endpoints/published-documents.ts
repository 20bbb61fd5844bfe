import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { messageOf } from '../../../pipeline/index.js';

const NOT_MODIFIED = 304;

/** Answers with documents that many ask for again and again, on either adapter alike. */
@Injectable()
export class PublishedDocuments {
  constructor(private readonly adapters: HttpAdapterHost) {}

  /** The document with its `ETag`; undefined, with status 304, for whoever has it already (RFC 9110 §13.1.2). */
  show<T extends object>(request: object, response: object, document: T): T | undefined {
    const { httpAdapter } = this.adapters;
    const etag = `"${hash('sha256', JSON.stringify(document), 'base64url')}"`;
    httpAdapter.setHeader(response, 'ETag', etag);
    if (!isKnown(messageOf(request).headers['if-none-match'], etag)) return document;
    httpAdapter.status(response, NOT_MODIFIED);
    return undefined;
  }
}

/** RFC 9110 §8.8.3.2: compared weakly, for a proxy that compresses weakens it. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const known = ifNoneMatch?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? [];
  return known.includes(etag) || known.includes('*');
}
