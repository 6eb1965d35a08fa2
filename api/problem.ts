/**
 * Failures as RFC 9457 problem details, the same code as everywhere. Which status a failure has is decided here alone:
 * by its class, and by its code where that is more precise. What is a defect says no more than its correlation id.
 */
import { z } from 'zod';
import {
  asHoldfastError,
  type ErrorClass,
  type ErrorCode,
  errorCodes,
  HoldfastError,
} from '../core/errors.ts';

export const problemType = 'application/problem+json';

/** Defaults; the source, the vault and the integrity of what they hold are behind the API: 502 and 503. */
const statusOfClass: Readonly<Record<ErrorClass, number>> = {
  input: 400,
  missing: 404,
  conflict: 409,
  // Rights and keys of the API function itself: nothing that the caller could mend by signing in again.
  access: 500,
  source: 502,
  integrity: 502,
  vault: 503,
  internal: 500,
};

const statusOfCode: Readonly<Partial<Record<ErrorCode, number>>> = {
  UNAUTHENTICATED: 401,
  SIGN_IN_AGAIN: 401,
  FORBIDDEN: 403,
  ADDRESS_FORBIDDEN: 403,
  SIGN_IN_UNAVAILABLE: 503,
  SECRETS_UNAVAILABLE: 503,
  LOG_UNAVAILABLE: 503,
  PRECONDITION_FAILED: 412,
  PRECONDITION_REQUIRED: 428,
  RATE_LIMITED: 429,
  VAULT_REFUSED: 502,
  VAULT_UNSUITABLE: 502,
  OBJECT_ARCHIVED: 409,
};

/** What is the matter, in general; `detail` says it of this case. */
const titles: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'In conflict with what is there',
  412: 'Changed meanwhile',
  413: 'The body is too large',
  415: 'The body is not JSON',
  428: 'Say which version you mean',
  429: 'Too many calls',
  500: 'Something is wrong with Holdfast itself',
  502: 'What Holdfast depends on gave a wrong answer',
  503: 'What Holdfast depends on does not answer',
};

/** All statuses that a problem can have. */
export const problemStatuses = Object.keys(titles).map(Number);

/** A failure whose status is HTTP's own business: a method, a size, a wait. */
export class HttpRefusal extends HoldfastError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    status: number,
    code: ErrorCode,
    message: string,
    options: { readonly headers?: Readonly<Record<string, string>>; readonly next?: string } = {},
  ) {
    super(code, message, { next: options.next });
    this.status = status;
    this.headers = options.headers ?? {};
  }
}

export const problemSchema = z
  .object({
    type: z.string().meta({ description: '`urn:holdfast:error:` and the code.' }),
    title: z.string(),
    status: z.int().meta({ description: 'As of the answer.' }),
    detail: z.string().meta({ description: 'What failed, on what, and why.' }),
    code: z.string().meta({ description: 'Stable; docs/troubleshooting.md has a section for each.' }),
    next: z.string().meta({ description: 'What to do.' }),
    retryable: z.boolean().meta({ description: 'The same call may succeed later.' }),
    correlationId: z.string().meta({ description: 'Finds the whole story in the logs.' }),
    errors: z
      .array(z.object({ field: z.string(), value: z.string().optional(), allowed: z.string() }))
      .optional()
      .meta({ description: 'Of an invalid request: each field that is wrong, at most 20.' }),
  })
  .meta({ id: 'Problem', description: 'Why it was not done (RFC 9457).' });
export type Problem = z.infer<typeof problemSchema>;

export function statusOf(error: HoldfastError): number {
  if (error instanceof HttpRefusal) return error.status;
  return statusOfCode[error.code] ?? statusOfClass[errorCodes[error.code].class];
}

export function problemOf(thrown: unknown, correlationId: string): Problem {
  const error = asHoldfastError(thrown);
  const { code, next, retryable, details } = error;
  const status = statusOf(error);
  return {
    type: `urn:holdfast:error:${code}`,
    title: titles[status] ?? 'It failed',
    status,
    // A defect may say anything: it is in the log, under the correlation id.
    detail: code === 'INTERNAL' ? 'Something unexpected happened.' : error.message.slice(0, 4000),
    code,
    next,
    retryable,
    correlationId,
    ...(Array.isArray(details.issues) && { errors: details.issues as Problem['errors'] }),
  };
}

/** The same as an answer. */
export function problemResponse(thrown: unknown, correlationId: string): Response {
  const problem = problemOf(thrown, correlationId);
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': problemType,
      ...(problem.status === 401 && { 'www-authenticate': 'Bearer error="invalid_token"' }),
      ...(problem.status === 503 && { 'retry-after': '5' }),
      ...(thrown instanceof HttpRefusal && thrown.headers),
    },
  });
}
