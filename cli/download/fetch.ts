/**
 * One file by a link: into its place when it is whole, beside it while it is not. What was begun is continued where it
 * ended; what has the wrong length or hash never gets the name.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { HoldfastError, hasCode } from '../../core/errors.ts';
import { placeOf } from './folder.ts';

export interface Wanted {
  readonly key: string;
  readonly url: string;
  readonly lengthBytes: number | undefined;
  /** Hex, where it is known. */
  readonly sha256: string | undefined;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly fetch: typeof fetch;
  /** Another link, when the first has ended. */
  readonly renewed: () => Promise<string | undefined>;
  /** More of it is on the disk. */
  readonly onBytes: (bytes: number) => void;
}

export type Fetched = 'present' | 'brought';

const mostTries = 5;
const firstPauseMs = 500;
/** A connection that says nothing for so long is dead. */
const silentMs = 60_000;

/** VAULT_UNAVAILABLE when it cannot be had, INTEGRITY_LENGTH or INTEGRITY_HASH when it is not what it should be. */
export async function fetchInto(folder: string, wanted: Wanted, options: FetchOptions): Promise<Fetched> {
  const place = placeOf(folder, wanted.key);
  const { lengthBytes } = wanted;
  const there = await sizeOf(place);
  if (there !== undefined && (lengthBytes === undefined || there === lengthBytes)) {
    if (wanted.sha256 === undefined || (await sha256Of(place)) === wanted.sha256) return 'present';
  }
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  const begun = `${place}.part`;
  await fill(begun, wanted, options);
  await check(begun, wanted);
  await rename(begun, place);
  return 'brought';
}

async function fill(begun: string, wanted: Wanted, options: FetchOptions): Promise<void> {
  let { url } = wanted;
  for (let tries = 1; ; tries += 1) {
    options.signal.throwIfAborted();
    try {
      await continued(begun, url, wanted, options);
      return;
    } catch (thrown) {
      options.signal.throwIfAborted();
      if (tries >= mostTries || !hasCode(thrown, 'VAULT_UNAVAILABLE')) throw thrown;
      if (thrown.details.status === 403) url = (await options.renewed()) ?? url;
      await new Promise((done) => setTimeout(done, firstPauseMs * 2 ** (tries - 1)));
    }
  }
}

/** From where it ended; from the beginning where the store does not continue. */
async function continued(
  begun: string,
  url: string,
  { key, lengthBytes }: Wanted,
  { fetch: ask, signal, onBytes }: FetchOptions,
): Promise<void> {
  const had = (await sizeOf(begun)) ?? 0;
  if (lengthBytes !== undefined && had === lengthBytes) return onBytes(had);
  if (lengthBytes !== undefined && had > lengthBytes) {
    await rm(begun, { force: true });
    return continued(
      begun,
      url,
      { key, url, lengthBytes, sha256: undefined },
      { fetch: ask, signal, onBytes, renewed: async () => undefined },
    );
  }
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error('silent for a minute')), silentMs);
  try {
    const reply = await ask(url, {
      redirect: 'error',
      signal: AbortSignal.any([signal, silence.signal]),
      ...(had > 0 && { headers: { range: `bytes=${had}-` } }),
    });
    if (!reply.ok || reply.body === null) {
      await reply.body?.cancel();
      throw failed(key, `the store answered ${reply.status}`, reply.status);
    }
    const goesOn = reply.status === 206 && had > 0;
    if (goesOn) onBytes(had);
    const counting = async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        timer.refresh();
        yield chunk;
        onBytes(chunk.length);
      }
    };
    const body = Readable.fromWeb(reply.body as import('node:stream/web').ReadableStream);
    await pipeline(body, counting, createWriteStream(begun, { flags: goesOn ? 'a' : 'w', mode: 0o600 }));
  } catch (thrown) {
    if (thrown instanceof HoldfastError) throw thrown;
    throw failed(key, thrown instanceof Error ? thrown.message : String(thrown), undefined, thrown);
  } finally {
    clearTimeout(timer);
  }
}

async function check(begun: string, { key, lengthBytes, sha256 }: Wanted): Promise<void> {
  const has = await sizeOf(begun);
  if (lengthBytes !== undefined && has !== lengthBytes) {
    // Longer than it may be: beginning anew is the only way. Shorter: the next time goes on.
    if ((has ?? 0) > lengthBytes) await rm(begun, { force: true });
    throw new HoldfastError('INTEGRITY_LENGTH', `${key} has ${has} bytes, not ${lengthBytes}`, {
      next: 'Repeat the command; when it stays so, restore from another copy.',
    });
  }
  if (sha256 === undefined || (await sha256Of(begun)) === sha256) return;
  await rm(begun, { force: true });
  throw new HoldfastError('INTEGRITY_HASH', `${key} is not the file that the catalog knows`, {
    next: 'Repeat the command; when it stays so, restore from another copy.',
  });
}

async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

function failed(key: string, why: string, status?: number, cause?: unknown): HoldfastError {
  return new HoldfastError('VAULT_UNAVAILABLE', `${key} could not be brought: ${why}`, {
    cause,
    details: { ...(status !== undefined && { status }) },
    next: 'Repeat the command: it goes on where it stopped.',
  });
}
