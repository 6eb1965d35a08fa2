/** Why a call failed, as the API says it (RFC 9457), or as this page knows it when nothing came back. */

export interface FieldIssue {
  readonly field: string;
  readonly value?: string;
  readonly allowed: string;
}

export class ApiProblem extends Error {
  /** 0: no answer came. */
  readonly status: number;
  readonly code: string;
  readonly title: string;
  /** What a person does next. */
  readonly next: string;
  readonly retryable: boolean;
  /** The API says when another try is worth it. */
  readonly retryAfterSeconds: number | undefined;
  readonly correlationId: string | undefined;
  /** Of an invalid request, each field that is wrong. */
  readonly issues: readonly FieldIssue[];

  constructor(fields: {
    readonly status: number;
    readonly code: string;
    readonly title: string;
    readonly detail: string;
    readonly next?: string;
    readonly retryable?: boolean;
    readonly retryAfterSeconds?: number | undefined;
    readonly correlationId?: string;
    readonly issues?: readonly FieldIssue[];
    readonly cause?: unknown;
  }) {
    super(fields.detail, { cause: fields.cause });
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.next = fields.next ?? '';
    this.retryable = fields.retryable ?? false;
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.correlationId = fields.correlationId;
    this.issues = fields.issues ?? [];
  }
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  const { status, statusText } = response;
  try {
    const found = (await response.json()) as Record<string, unknown>;
    const text = (name: string) => (typeof found[name] === 'string' ? found[name] : undefined);
    return new ApiProblem({
      status,
      code: text('code') ?? 'UNKNOWN',
      title: text('title') ?? statusText,
      // API Gateway's own refusals have a `message`.
      detail: text('detail') ?? text('message') ?? statusText,
      next: text('next'),
      retryable: found.retryable === true,
      retryAfterSeconds: secondsIn(response.headers.get('retry-after')),
      correlationId: text('correlationId'),
      issues: Array.isArray(found.errors) ? (found.errors as FieldIssue[]) : [],
    });
  } catch (cause) {
    return new ApiProblem({
      status,
      code: 'UNKNOWN',
      title: statusText,
      detail: `HTTP ${status}`,
      retryable: status >= 500,
      cause,
    });
  }
}

/** The other form, a date, is never used by the API. */
const secondsIn = (header: string | null) => (/^\d{1,4}$/.test(header ?? '') ? Number(header) : undefined);

export function asProblem(thrown: unknown): ApiProblem {
  if (thrown instanceof ApiProblem) return thrown;
  return new ApiProblem({
    status: 0,
    code: 'API_UNREACHABLE',
    title: 'No answer',
    detail: thrown instanceof Error ? thrown.message : String(thrown),
    retryable: true,
    cause: thrown,
  });
}
