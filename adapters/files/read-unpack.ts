/**
 * A pack or an index unpacked as a stream. Promises: packed data that is cut or damaged is INTEGRITY_ARCHIVE, and so is
 * anything behind its end; what goes wrong before (the vault, a cancel) stays what it is; a consumer that stops early
 * leaves nothing running.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { asHoldfastError, HoldfastError } from '../../core/errors.ts';
import { damaged } from './read-tar.ts';

const chunkSize = 256 * 1024;

/** How the bytes of a segment are packed, by its encoding. FORMAT_UNKNOWN. */
export function packingOf(encoding: string): 'zstd' | 'gzip' | 'bzip2' | 'none' {
  const known = {
    'files-index-zstd': 'zstd',
    'tar-zstd': 'zstd',
    'tar-gzip': 'gzip',
    'tar-bzip2': 'bzip2',
    tar: 'none',
  } as const;
  if (Object.hasOwn(known, encoding)) return known[encoding as keyof typeof known];
  throw new HoldfastError(
    'FORMAT_UNKNOWN',
    `The encoding ${JSON.stringify(encoding)} is not one of ${Object.keys(known).join(', ')}`,
  );
}

/** @throws HoldfastError INTEGRITY_ARCHIVE, TOOLS_MISSING (bzip2); what `packed` throws; the signal's reason */
export async function* unpack(
  encoding: string,
  packed: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const packing = packingOf(encoding);
  if (packing === 'none') yield* counted(packed, signal);
  else if (packing === 'bzip2') yield* throughProgram(packed, signal);
  else
    yield* throughZlib(
      packing === 'zstd' ? createZstdDecompress({ chunkSize }) : createGunzip({ chunkSize }),
      packed,
      signal,
    );
}

async function* counted(packed: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
  for await (const chunk of packed) {
    signal?.throwIfAborted();
    yield chunk;
  }
}

/**
 * A stream that waits for its next bytes ends at once when the signal aborts. Returns what undoes that. Whoever reads it
 * gets the reason; while nobody does, it must not end the process.
 */
export function endWith(stream: Readable, signal: AbortSignal): () => void {
  stream.on('error', () => {});
  const onAbort = () => stream.destroy(asHoldfastError(signal.reason));
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  return () => signal.removeEventListener('abort', onAbort);
}

interface Feed {
  /** Settles when everything was given; never rejects. */
  readonly done: Promise<void>;
  failure: unknown;
  sentBytes: number;
}

/** Gives all of `packed` to a stream; its own failures end the stream with them. */
function feed(
  packed: AsyncIterable<Uint8Array>,
  sink: NodeJS.WritableStream & { destroy(error?: Error): unknown; readonly destroyed?: boolean },
  stopped: AbortSignal,
): Feed {
  const state: { failure: unknown; sentBytes: number } = { failure: undefined, sentBytes: 0 };
  const run = async () => {
    try {
      for await (const chunk of packed) {
        if (stopped.aborted) return;
        state.sentBytes += chunk.length;
        if (!sink.write(chunk) && !(await drained(sink, stopped))) return;
      }
      sink.end();
    } catch (thrown) {
      if (stopped.aborted) return;
      state.failure = thrown;
      sink.destroy(asHoldfastError(thrown));
    }
  };
  return Object.assign(state, { done: run() });
}

/** False: it takes no more. Why is for its reading side to say, or it was stopped. */
function drained(sink: NodeJS.WritableStream, stopped: AbortSignal): Promise<boolean> {
  return once(sink, 'drain', { signal: stopped }).then(
    () => true,
    () => false,
  );
}

async function* throughZlib(
  stream: Gunzip | ZstdDecompress,
  packed: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const onAbort = () => stream.destroy();
  stopped.addEventListener('abort', onAbort, { once: true });
  const feeding = feed(packed, stream, stopped);
  try {
    for await (const chunk of stream) {
      signal?.throwIfAborted();
      yield chunk as Buffer;
    }
    await feeding.done;
    if (stream.bytesWritten !== feeding.sentBytes) throw damaged('something follows its packed data');
  } catch (thrown) {
    signal?.throwIfAborted();
    if (feeding.failure !== undefined) throw feeding.failure;
    if (thrown instanceof HoldfastError) throw thrown;
    throw unpackFailure(thrown);
  } finally {
    stop.abort();
    stream.destroy();
  }
}

function unpackFailure(thrown: unknown): HoldfastError {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return new HoldfastError(
    'INTEGRITY_ARCHIVE',
    `The pack is damaged: its packed data does not unpack (${why})`,
    {
      cause: thrown,
    },
  );
}

/** Node has no bzip2. The program reads nothing but its input and gets no environment but its path. */
async function* throughProgram(
  packed: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const stop = new AbortController();
  const stopped = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const child = spawn('bzip2', ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH } });
  const ended = once(child, 'close').then(
    ([code]) => code as number | null,
    (error: unknown) => error as NodeJS.ErrnoException,
  );
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-500);
  });
  // The program may end before it has read everything; how it ended says why.
  child.stdin.on('error', () => {});
  const onAbort = () => child.kill('SIGKILL');
  stopped.addEventListener('abort', onAbort, { once: true });
  const ownInput = new AbortController();
  const feeding = feed(packed, child.stdin, AbortSignal.any([stopped, ownInput.signal]));
  try {
    for await (const chunk of child.stdout) {
      signal?.throwIfAborted();
      yield chunk as Buffer;
    }
    const end = await ended;
    ownInput.abort();
    await feeding.done;
    signal?.throwIfAborted();
    if (feeding.failure !== undefined) throw feeding.failure;
    if (typeof end === 'object' && end !== null) {
      throw new HoldfastError('TOOLS_MISSING', `bzip2 could not be started (${end.message})`, {
        cause: end,
        next: 'Install bzip2 where this runs: packs of this backup are compressed with it.',
      });
    }
    // With something behind its end it only warns.
    const line = said.split('\n').find((text) => text.trim() !== '');
    if (end !== 0 || line !== undefined)
      throw unpackFailure(new Error(`bzip2 ended with ${end}: ${line?.trim()}`));
  } finally {
    stop.abort();
    child.kill('SIGKILL');
  }
}
