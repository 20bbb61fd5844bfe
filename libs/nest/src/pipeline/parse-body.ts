import { parse as parseForm } from 'node:querystring';
import { decodeUtf8 } from '@portcullis/wire';
import secureJson from 'secure-json-parse';
import { SecurityProblem } from './security-problem.js';

const FORM_TYPE = 'application/x-www-form-urlencoded';
const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]{1,100}\+)?json$/;

function textOf(bytes: Uint8Array, charset: string): string {
  if (charset !== 'utf-8' && charset !== 'utf8')
    throw new SecurityProblem('unsupported_media_type', { reason: 'charset' });
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new SecurityProblem('malformed_request', { reason: 'body_not_utf8' });
  return text;
}

function parseJson(text: string): unknown {
  try {
    // Refuses `__proto__` and `constructor.prototype` keys, which pollute whoever merges the object.
    return secureJson.parse(text, undefined, { protoAction: 'error', constructorAction: 'error' }) as unknown;
  } catch {
    throw new SecurityProblem('malformed_request', { reason: 'body_not_json' });
  }
}

/**
 * Every pair, bounded by the size of bodies: what is cut off in silence was signed, and nobody would see it. As an object like any
 * other, which handlers expect; Node makes one without a prototype.
 */
function parseFields(text: string): unknown {
  return Object.setPrototypeOf(parseForm(text, '&', '=', { maxKeys: 0 }), Object.prototype);
}

/** What a handler sees of a body, the same on both adapters: JSON, a form, text, or the bytes. */
export function parseBody(contentType: string | undefined, bytes: Buffer): unknown {
  if (bytes.byteLength === 0) return undefined;
  // As almost every caller writes them: nothing has to be taken apart.
  if (contentType === 'application/json') return parseJson(textOf(bytes, 'utf-8'));
  if (contentType === FORM_TYPE) return parseFields(textOf(bytes, 'utf-8'));
  const [type = '', ...parameters] = (contentType ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset =
    parameters
      .find((parameter) => parameter.startsWith('charset='))
      ?.slice(8)
      .replaceAll('"', '') ?? 'utf-8';
  if (JSON_TYPE.test(type)) return parseJson(textOf(bytes, charset));
  if (type === FORM_TYPE) return parseFields(textOf(bytes, charset));
  if (type.startsWith('text/')) return textOf(bytes, charset);
  return bytes;
}

/** Content codings are refused on every route: what was signed is what was received, and nobody inflates a bomb. */
export function refuseContentCoding(coding: string | undefined): void {
  if (coding !== undefined && coding.trim().toLowerCase() !== 'identity') {
    throw new SecurityProblem('unsupported_media_type', {
      reason: 'content_encoding',
      detail: 'Compressed bodies are not accepted.',
    });
  }
}
