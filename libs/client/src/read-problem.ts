import { parseJsonObject, PROBLEMS, type ProblemCode } from '@portcullis/wire';
import { ProblemError } from './problem-error.js';
import { retryAfterSeconds } from './retry-after.js';

const PROBLEM_TYPE = /^application\/problem\+json\s*(?:;|$)/i;

function isProblemCode(code: unknown): code is ProblemCode {
  return typeof code === 'string' && Object.hasOwn(PROBLEMS, code);
}

/** The refusal that an answer is, or undefined when it is none of the closed list; the answer stays readable. */
export async function readProblem(response: Response): Promise<ProblemError | undefined> {
  if (response.ok || !PROBLEM_TYPE.test(response.headers.get('content-type') ?? '')) return undefined;
  const document = parseJsonObject(await response.clone().text());
  if (!document) return undefined;
  const { type: _type, title: _title, status: _status, code, detail, requestId, ...members } = document;
  if (!isProblemCode(code) || PROBLEMS[code].status !== response.status) return undefined;
  return new ProblemError(code, {
    detail: typeof detail === 'string' ? detail : PROBLEMS[code].title,
    requestId: typeof requestId === 'string' ? requestId : undefined,
    retryAfterSeconds: retryAfterSeconds(response.headers),
    members,
  });
}
