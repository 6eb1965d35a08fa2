/**
 * Carries notices to those whom they are for. What it promises: each is tried independently of the others; the same
 * notice is carried to each once, however often its message is delivered, and once more rather than not at all where a
 * function died over it or the catalog does not answer.
 */

import { z } from 'zod';
import { eachAtATime } from '../at-a-time.ts';
import { asHoldfastError, type ErrorCode, errorCodes, HoldfastError, rowErrorOf } from '../errors.ts';
import type { NotifyDeps } from './context.ts';
import { noticeHtml } from './html.ts';
import type { Notice } from './notice.ts';
import { shortHash, type Target } from './recipients.ts';
import { noticeText } from './text.ts';

/** SES lets a new account send 14 a second; a call takes a tenth of one. */
const atATime = 5;
/** SNS and Lambda deliver again within minutes, the scheduler within a day. */
const rememberedMs = 2 * 86_400_000;

export interface Telling {
  readonly target: Target;
  readonly notice: Notice;
}

export interface Once {
  /** Names the message: the same for each of its deliveries. */
  readonly key: string;
  /** Of the invocation; Lambda's own retries have the same. */
  readonly requestId: string;
}

export interface Outcome {
  readonly target: Target;
  /** `told-before`: another delivery of the same message did it. */
  readonly status: 'delivered' | 'told-before' | 'failed';
  readonly error?: HoldfastError;
}

/** Never throws: what went wrong is in the outcomes. In the order of the tellings. */
export async function deliver(
  tellings: readonly Telling[],
  once: Once | undefined,
  deps: NotifyDeps,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<string, Outcome>();
  await eachAtATime(tellings, atATime, async (telling) => {
    outcomes.set(telling.target.id, await deliverOne(telling, once, deps));
  });
  return tellings.flatMap(({ target }) => outcomes.get(target.id) ?? []);
}

async function deliverOne(
  { target, notice }: Telling,
  once: Once | undefined,
  deps: NotifyDeps,
): Promise<Outcome> {
  const log = deps.log.with({ notice: notice.id, to: target.kind === 'mail' ? 'mail' : target.name });
  const key = once && `notify/${shortHash(`${once.key} ${target.id}`)}`;
  const before = once && key !== undefined ? await earlier(key, once.requestId, deps) : undefined;
  if (before) {
    log.info('carried by another call', { status: before.status });
    return { target, ...before };
  }
  let error: HoldfastError | undefined;
  try {
    await send(target, notice, deps);
    log.info('told', { event: notice.event, subject: notice.subject });
  } catch (thrown) {
    error = asHoldfastError(thrown, 'NOTIFY_FAILED');
    log.error('could not be told', { event: notice.event, code: error.code, message: error.message, error });
  }
  // A failure is final too: it has been repeated, and is told by another way.
  if (key !== undefined) await noteDone(key, error, deps);
  return error ? { target, status: 'failed', error } : { target, status: 'delivered' };
}

async function send(target: Target, notice: Notice, { mailer, channels }: NotifyDeps): Promise<void> {
  if (target.kind === 'channel') return channels.send(target, notice);
  if (!mailer) throw noSender();
  await mailer.send({
    to: target.address,
    subject: notice.subject,
    html: noticeHtml(notice),
    text: noticeText(notice),
  });
}

function noSender(): HoldfastError {
  return new HoldfastError('NOTIFY_FAILED', 'the stack has no sender of e-mail', {
    next: 'Name a verified sender in the options of the stack (`notifications.mailFrom`, docs/notifications.md) and deploy, or take the recipients out of the plan.',
  });
}

/**
 * What became of an earlier call; undefined when this one is to carry it. In doubt it is: twice is better than never. A
 * failure that the same invocation had before is one again, since it may not have been told by another way either.
 */
async function earlier(
  key: string,
  requestId: string,
  { catalog, clock, log }: NotifyDeps,
): Promise<Omit<Outcome, 'target'> | undefined> {
  const now = clock.now();
  const until = new Date(now.getTime() + rememberedMs).toISOString();
  try {
    const claim = await catalog.claimOnce(key, requestId, until, now.toISOString());
    if (claim.outcome !== 'repeated')
      return claim.outcome === 'claimed' ? undefined : { status: 'told-before' };
    // The same invocation, which died before it could note how it went.
    if (claim.response === undefined) return undefined;
    if (claim.response.status === delivered) return { status: 'told-before' };
    const { code, message, next } = failureSchema.parse(JSON.parse(claim.response.body));
    return { status: 'failed', error: new HoldfastError(code, message, next === undefined ? {} : { next }) };
  } catch (error) {
    log.warn('whether this was told before is not known', { error });
    return undefined;
  }
}

/** What is noted of a call: as an HTTP status, since that is what the catalog keeps. */
const delivered = 200;
const notDelivered = 502;
const failureSchema = z.object({
  code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  next: z.string().optional(),
});

async function noteDone(
  key: string,
  error: HoldfastError | undefined,
  { catalog, log }: NotifyDeps,
): Promise<void> {
  const body = error ? JSON.stringify(rowErrorOf(error)) : '';
  try {
    await catalog.noteOnce(key, { status: error ? notDelivered : delivered, body, headers: {} });
  } catch (thrown) {
    log.warn('that this was told is not remembered', { error: thrown });
  }
}
