/** What a function of the stack threw, as the failure that it was there. */
import { type ErrorCode, errorCodes, HoldfastError } from '../../core/errors.ts';

/**
 * Lambda reports what a function threw as `{errorType, errorMessage}`. A message that begins with a known code and a
 * colon is that failure; anything else is a crash, and its message is shown.
 */
export function functionFailure(functionName: string, payload: unknown): HoldfastError {
  const { errorMessage, errorType } = (payload ?? {}) as { errorMessage?: unknown; errorType?: unknown };
  const message =
    typeof errorMessage === 'string' && errorMessage !== ''
      ? errorMessage
      : String(errorType ?? 'no message');
  const [, code = '', rest = ''] = /^([A-Z][A-Z_]+): ([\s\S]*)$/.exec(message) ?? [];
  if (code in errorCodes) return new HoldfastError(code as ErrorCode, rest, { details: { functionName } });
  return new HoldfastError('CRASHED', `${functionName}: ${message}`, { details: { functionName } });
}
