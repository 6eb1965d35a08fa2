/** The body of a reply of S3: followed chunk by chunk, or taken whole; a connection that stalls becomes an error. */
import type { Readable } from 'node:stream';

/** The chunks as they come. Time that the consumer takes does not count as a stall. */
export async function* follow(
  body: Readable,
  stallTimeoutMs: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const onAbort = () => body.destroy(new Error('stopped'));
  signal.addEventListener('abort', onAbort, { once: true });
  let waitingSince: number | undefined = performance.now();
  const timer = setInterval(() => {
    if (waitingSince === undefined || performance.now() - waitingSince < stallTimeoutMs) return;
    body.destroy(new Error(`no byte for ${stallTimeoutMs} ms`));
  }, stallTimeoutMs / 4);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      waitingSince = undefined;
      yield chunk;
      waitingSince = performance.now();
    }
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Exactly `size` bytes, or an error. */
export function collect(
  body: Readable,
  size: number,
  stallTimeoutMs: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const content = Buffer.allocUnsafe(size);
  let length = 0;
  let movedAt = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - movedAt > stallTimeoutMs)
      body.destroy(new Error(`no byte for ${stallTimeoutMs} ms`));
  }, stallTimeoutMs / 4);
  const onAbort = () => body.destroy(new Error('stopped'));
  signal.addEventListener('abort', onAbort, { once: true });
  body.on('data', (chunk: Buffer) => {
    movedAt = performance.now();
    if (length + chunk.length <= size) chunk.copy(content, length);
    length += chunk.length;
  });
  body.once('end', () => {
    if (length === size) resolve(content);
    else reject(new Error(`${length} bytes came, ${size} were announced`));
  });
  body.once('error', reject);
  body.once('close', () => reject(new Error('the connection was closed')));
  if (signal.aborted) onAbort();
  return promise.finally(() => {
    clearInterval(timer);
    signal.removeEventListener('abort', onAbort);
    body.destroy();
  });
}
