/**
 * A POST with an Idempotency-Key is carried out once: its repetition within a day gets the same answer. The key is a
 * person's own, and of one route. A request that failed frees its key, since it may be repeated; ids of what is made
 * come from the key as well (`token`), so that even a repetition that nobody remembers makes nothing twice.
 */
import { createHash, randomBytes } from 'node:crypto';
import { HoldfastError } from '../core/errors.ts';
import type { Catalog, OnceResponse } from '../core/ports/catalog.ts';
import type { Log } from '../core/ports/index.ts';
import { HttpRefusal } from './problem.ts';

export const idempotencyHeader = 'idempotency-key';
export const replayedHeader = 'idempotency-replayed';
const keyPattern = /^[\x21-\x7e][\x20-\x7e]{6,98}[\x21-\x7e]$/;
const keptMs = 24 * 3_600_000;
/** A function answers within 30 s. One that died in between leaves its key, which is free again then. */
const busyMs = 2 * 60_000;
/** What a row can hold of a body (OnceResponse) beside its headers. */
const mostBodyBytes = 100_000;
/** A function answers within 30 s: then the first one is done, or has died. */
const waitSeconds = 5;

export interface OnceRequest {
  readonly subject: string;
  /** Method and path as called: `POST /v1/plans/nightly/test`. */
  readonly route: string;
  /** The header. Undefined: the call is carried out, and its token is random. */
  readonly key: string | undefined;
  readonly body: string;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** INVALID_INPUT when the key is none; IDEMPOTENCY_MISMATCH when it came with another request; CONFLICT while the first runs. */
export async function once(
  { catalog, now, log }: { catalog: Catalog; now: Date; log: Log },
  { subject, route, key, body }: OnceRequest,
  carryOut: (token: string) => Promise<OnceResponse>,
): Promise<OnceResponse> {
  if (key === undefined) return carryOut(randomBytes(16).toString('hex'));
  if (!keyPattern.test(key)) {
    throw new HoldfastError('INVALID_INPUT', 'Idempotency-Key must be 8 to 100 printable ASCII characters', {
      details: { issues: [{ field: 'Idempotency-Key', allowed: '8 to 100 printable ASCII characters' }] },
    });
  }
  const name = sha256(JSON.stringify([subject, route, key]));
  const fingerprint = sha256(body);
  const after = (ms: number) => new Date(now.getTime() + ms).toISOString();
  const claim = await catalog.claimOnce(name, fingerprint, after(busyMs), now.toISOString());
  if (claim.outcome === 'different') {
    throw new HoldfastError('IDEMPOTENCY_MISMATCH', 'this Idempotency-Key came with another body before');
  }
  if (claim.outcome === 'repeated') {
    if (claim.response) {
      return { ...claim.response, headers: { ...claim.response.headers, [replayedHeader]: 'true' } };
    }
    throw new HttpRefusal(409, 'CONFLICT', 'the first request with this Idempotency-Key is still at it', {
      headers: { 'retry-after': String(waitSeconds) },
      next: `Repeat it in ${waitSeconds} s with the same key: it gets the answer of the first.`,
    });
  }
  let response: OnceResponse;
  try {
    // Also of what was asked: a key that is free again, since its first request failed, may come with something else.
    response = await carryOut(sha256(`${name}\n${fingerprint}`).slice(0, 32));
  } catch (thrown) {
    await quietly(log, () => catalog.releaseOnce(name));
    throw thrown;
  }
  await quietly(log, () =>
    Buffer.byteLength(response.body) <= mostBodyBytes
      ? catalog.noteOnce(name, response, after(keptMs))
      : catalog.releaseOnce(name),
  );
  return response;
}

/** What was done is done: that nobody remembers its key is worth a line, and no failure. */
async function quietly(log: Log, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    log.warn('idempotency key not noted', { error });
  }
}
