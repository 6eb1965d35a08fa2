/**
 * The moment when an object becomes visible. An error there may leave it open whether S3 took the object (the reply
 * was lost, 200 came with an error, somebody was first): then what is stored decides, and nothing else.
 */
import { HoldfastError } from '../../core/errors.ts';
import { backOff } from '../waits.ts';
import type { S3Context } from './context.ts';
import { statusOf } from './errors.ts';
import { confirm, type Expected, inspect, sameBytes } from './inspect.ts';

/** S3 answers 409 while another write of the same key is being decided. */
const CONFLICT_ATTEMPTS = 4;

export interface Settled {
  readonly versionId: string | undefined;
  /** The object was found there, not answered to this request. */
  readonly recognised: boolean;
}

/**
 * Runs the request that makes the object visible, then confirms it. 409 is tried again. After any other failure what
 * is stored decides: the same bytes are a success whose reply was lost, others are OBJECT_EXISTS.
 */
export async function settle(
  context: S3Context,
  key: string,
  expected: Expected,
  signal: AbortSignal,
  request: () => Promise<string | undefined>,
): Promise<Settled> {
  for (let attempt = 1; ; attempt++) {
    let versionId: string | undefined;
    let recognised = false;
    try {
      versionId = await request();
    } catch (error) {
      signal.throwIfAborted();
      if (statusOf(error) === 409 && attempt < CONFLICT_ATTEMPTS) {
        await backOff(attempt, signal);
        continue;
      }
      versionId = await recognise(context, key, expected, error, signal);
      recognised = true;
    }
    const state = await confirm(context, key, versionId, expected, signal);
    return { versionId: state.versionId ?? versionId, recognised };
  }
}

async function recognise(
  context: S3Context,
  key: string,
  expected: Expected,
  failure: unknown,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await inspect(context, key, undefined, signal).catch(() => undefined);
  signal.throwIfAborted();
  if (found === undefined) {
    if (!(failure instanceof HoldfastError) || failure.code !== 'OBJECT_MISSING') throw failure;
    // NoSuchUpload: not that an object is missing, but that the upload is.
    throw new HoldfastError('VAULT_UNAVAILABLE', `${key}: the upload was gone before it was complete`, {
      cause: failure,
    });
  }
  if (sameBytes(found, expected)) return found.versionId;
  throw new HoldfastError(
    'OBJECT_EXISTS',
    `${key} exists already, with other content (${found.lengthBytes} bytes)`,
    {
      cause: failure,
    },
  );
}
