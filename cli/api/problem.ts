/** What the API refused (RFC 9457), as this command's own failure: the same code, the same next step, its exit code. */
import { z } from 'zod';
import {
  type ErrorCode,
  errorCodes,
  HoldfastError,
  type InputIssue,
  InvalidInput,
} from '../../core/errors.ts';

const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  next: z.string(),
  errors: z
    .array(z.object({ field: z.string(), value: z.string().optional(), allowed: z.string() }))
    .optional(),
});

/** What the gateway says by itself, without the application: by the status alone. */
const byStatus: Readonly<Record<number, readonly [ErrorCode, string]>> = {
  401: ['UNAUTHENTICATED', 'the sign-in does not hold'],
  403: ['FORBIDDEN', 'the API may not be called like this'],
  404: ['NOT_FOUND', 'the API does not know what was asked for'],
  413: ['INVALID_INPUT', 'it is too large for the API'],
  429: ['RATE_LIMITED', 'the API is called too often'],
  502: ['API_UNREACHABLE', 'the API gave no proper answer'],
  503: ['API_UNREACHABLE', 'the API is not there for the moment'],
  504: ['API_UNREACHABLE', 'the API did not answer in time'],
};

/** Reads the body of a failed answer. */
export async function failureOf(response: Response): Promise<HoldfastError> {
  const { status } = response;
  const found = problemSchema.safeParse(await jsonOf(response));
  if (!found.success) {
    const [code, message] = byStatus[status] ?? ['INTERNAL', 'the API answered something unexpected'];
    return new HoldfastError(code, `${message} (status ${status})`, { details: { status } });
  }
  const { code, detail, next, errors } = found.data;
  if (code === 'INVALID_INPUT' && errors) return new Refused(detail, next, errors);
  const known = code in errorCodes ? (code as ErrorCode) : 'INTERNAL';
  return new HoldfastError(known, detail, {
    next,
    details: known === code ? { status } : { status, code },
  });
}

/** Fields that the API refused, in its own words: what flag each is, the command knows. */
class Refused extends InvalidInput {
  override readonly next: string;
  constructor(detail: string, next: string, issues: readonly InputIssue[]) {
    super(detail.slice(0, Math.max(0, detail.indexOf(':'))) || 'request', issues);
    this.next = next;
  }
}

/** A problem has a few KB; what is longer is not one. */
const mostCharacters = 256 * 1024;

async function jsonOf(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text.length > mostCharacters ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
