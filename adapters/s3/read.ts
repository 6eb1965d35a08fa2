/**
 * Reads one version of an object as a stream. Promises: the bytes in order, each once, and exactly as many as S3
 * said; a broken or stalled connection is resumed where it stopped, from the same version, as often as that gets on;
 * when the consumer stops, the connection is closed.
 */
import { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { asHoldfastError, HoldfastError, hasCode } from '../../core/errors.ts';
import { backOff } from '../waits.ts';
import { at, type S3Context } from './context.ts';
import { statusOf } from './errors.ts';

export interface ReadSettings {
  /** No byte for this long while the consumer waits: the connection is given up and resumed. */
  readonly stallTimeoutMs: number;
}

/** In a row, without a single byte between them. */
const FRUITLESS_RESUMES = 5;
/** Whatever came of them; more are allowed in proportion to what was read. */
const FREE_RESUMES = 100;
/**
 * For each of these bytes one resume more: a stream that is read for hours, with pauses, loses its connection again
 * and again, and each gave what lay in the socket at least. 16 KiB is one record of TLS.
 */
const BYTES_PER_RESUME = 16 * 1024;

/** What waits for the consumer, about 1 MiB: a chunk is what the socket gave at once, 64 KiB at most. */
const READ_AHEAD_CHUNKS = 16;

interface Connection {
  readonly body: Readable;
  /** Of the whole object. */
  readonly lengthBytes: number;
  readonly versionId?: string;
  readonly etag?: string;
}

export async function readObject(
  context: S3Context,
  settings: ReadSettings,
  key: string,
  versionId?: string,
  signal?: AbortSignal,
): Promise<Readable> {
  const first = await connect(context, key, 0, versionId === undefined ? {} : { versionId }, signal);
  const bytes = resuming(context, settings, key, first, signal);
  // Chunk by chunk: a stream of bytes would join those that wait, which is a copy of everything.
  const stream = Readable.from(bytes, { objectMode: true, highWaterMark: READ_AHEAD_CHUNKS });
  // An abort before anybody reads: whoever does then is told, and until then it must not end the process.
  stream.on('error', () => {});
  const onAbort = () => stream.destroy(asError(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  stream.once('close', () => {
    signal?.removeEventListener('abort', onAbort);
    // A stream that is destroyed before its first read never starts the generator, whose finally would do this.
    first.body.destroy();
  });
  return stream;
}

async function* resuming(
  context: S3Context,
  settings: ReadSettings,
  key: string,
  first: Connection,
  signal: AbortSignal | undefined,
): AsyncGenerator<Buffer> {
  const { lengthBytes } = first;
  let connection = first;
  let position = 0;
  let fruitless = 0;
  for (let resumes = 0; ; resumes++) {
    const before = position;
    let failure: unknown = new Error('the connection ended early');
    try {
      for await (const chunk of watched(connection.body, settings.stallTimeoutMs)) {
        position += chunk.length;
        if (position > lengthBytes) break;
        yield chunk;
      }
    } catch (error) {
      failure = error;
    } finally {
      connection.body.destroy();
    }
    signal?.throwIfAborted();
    if (position === lengthBytes) return;
    if (position > lengthBytes) {
      throw new HoldfastError(
        'INTEGRITY_LENGTH',
        `${key}: S3 sent more than the ${lengthBytes} bytes it announced`,
      );
    }
    fruitless = position > before ? 0 : fruitless + 1;
    const allowed = FREE_RESUMES + Math.floor(position / BYTES_PER_RESUME);
    if (fruitless >= FRUITLESS_RESUMES || resumes >= allowed) {
      const message = `${key}: the connection broke at byte ${position} of ${lengthBytes}, ${resumes + 1} times in all`;
      throw new HoldfastError('VAULT_UNAVAILABLE', message, { cause: failure });
    }
    await backOff(fruitless + 1, signal);
    connection = await connect(context, key, position, first, signal);
    if (connection.lengthBytes !== lengthBytes) {
      connection.body.destroy();
      const message = `${key} was ${lengthBytes} bytes long, and is ${connection.lengthBytes} after reconnecting`;
      throw new HoldfastError('INTEGRITY_LENGTH', message);
    }
  }
}

/** Opens the object from `position` on, held to the version (or, without versions, the content) of before. */
async function connect(
  context: S3Context,
  key: string,
  position: number,
  pin: Pick<Connection, 'versionId' | 'etag'>,
  signal: AbortSignal | undefined,
): Promise<Connection> {
  const command = {
    ...at(context, key),
    ...(pin.versionId === undefined ? {} : { VersionId: pin.versionId }),
    ...(pin.etag === undefined ? {} : { IfMatch: pin.etag }),
    ...(position === 0 ? {} : { Range: `bytes=${position}-` }),
  };
  try {
    const output = await context.call(
      's3:GetObject',
      key,
      (options) => context.client.send(new GetObjectCommand(command), options),
      signal,
    );
    return connectionOf(key, position, output);
  } catch (error) {
    if (statusOf(error) === 405) {
      throw new HoldfastError('OBJECT_MISSING', `s3:GetObject: ${key}, that version is a delete marker`, {
        cause: error,
      });
    }
    if (hasCode(error, 'VAULT_UNAVAILABLE') && statusOf(error) === 412) {
      throw new HoldfastError('INTEGRITY_HASH', `${key} changed while it was read`, { cause: error });
    }
    throw error;
  }
}

function connectionOf(key: string, position: number, output: GetObjectCommandOutput): Connection {
  const body = output.Body as unknown as Readable;
  // An error that comes after the stream was left is of no interest to anybody, but must not end the process.
  body.on('error', () => {});
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(output.ContentRange ?? '');
  const start = range === null ? 0 : Number(range[1]);
  const lengthBytes = range === null ? output.ContentLength : Number(range[2]);
  if (lengthBytes === undefined || start !== position) {
    body.destroy();
    const shown = `range ${output.ContentRange ?? 'none'}, length ${output.ContentLength ?? 'none'}`;
    throw new HoldfastError(
      'VAULT_UNAVAILABLE',
      `${key}: S3 did not answer with bytes from ${position} on (${shown})`,
    );
  }
  return {
    body,
    lengthBytes,
    ...(output.VersionId === undefined ? {} : { versionId: output.VersionId }),
    ...(output.ETag === undefined ? {} : { etag: output.ETag }),
  };
}

/** The chunks of a body; throws when none comes for too long. Time that the consumer takes does not count. */
async function* watched(body: Readable, stallTimeoutMs: number): AsyncGenerator<Buffer> {
  let waitingSince: number | undefined = performance.now();
  // One timer that looks now and then, not one for each of the thousands of chunks.
  const timer = setInterval(() => {
    if (waitingSince === undefined || performance.now() - waitingSince < stallTimeoutMs) return;
    body.destroy(new Error(`no byte for ${stallTimeoutMs} ms`));
  }, stallTimeoutMs / 4);
  try {
    for await (const chunk of chunksOf(body)) {
      waitingSince = undefined;
      yield chunk;
      waitingSince = performance.now();
    }
  } finally {
    clearInterval(timer);
  }
}

/**
 * The chunks of a body as they come. Iterating the body itself joins those that wait, and what is allocated for that
 * made the garbage collector work more than the cipher.
 */
async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let ended = false;
  let failure: Error | undefined;
  let wake = () => {};
  body.on('data', (chunk: Buffer) => {
    waiting.push(chunk);
    if (waiting.length >= READ_AHEAD_CHUNKS) body.pause();
    wake();
  });
  const stop = (error?: Error) => {
    ended = true;
    failure ??= error;
    wake();
  };
  body.once('end', () => stop());
  body.once('error', stop);
  body.once('close', () => stop());
  if (body.destroyed) stop(body.errored ?? undefined);
  for (;;) {
    const ready = waiting;
    waiting = [];
    yield* ready;
    if (waiting.length > 0) continue;
    if (ended && failure) throw failure;
    if (ended) return;
    if (body.isPaused()) body.resume();
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : asHoldfastError(reason, 'CANCELLED');
}
