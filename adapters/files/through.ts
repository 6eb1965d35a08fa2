/**
 * Bytes through a transform (a compressor, a program's pipes), as an async iterable. Promises: what the body throws
 * and what the transform throws is thrown here; leaving early closes both. The next chunk is asked for when the
 * transform is done with the last one (a zlib stream is, a program's pipe may not be), so a body may use it again.
 */
import type { Duplex } from 'node:stream';

export async function* through(
  body: AsyncIterable<Uint8Array>,
  transform: Duplex,
): AsyncGenerator<Buffer, void, undefined> {
  let failure: unknown;
  const pumping = pump(body, transform).catch((thrown: unknown) => {
    failure ??= thrown;
    transform.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
  });
  try {
    for await (const chunk of transform as AsyncIterable<Buffer>) yield chunk;
    await pumping;
  } catch (thrown) {
    failure ??= thrown;
  } finally {
    transform.destroy();
    await pumping;
  }
  if (failure !== undefined) throw failure;
}

async function pump(body: AsyncIterable<Uint8Array>, transform: Duplex): Promise<void> {
  for await (const chunk of body) {
    if (transform.destroyed) return;
    await taken(transform, chunk);
  }
  if (!transform.destroyed) transform.end();
}

/** Until the transform is done with the chunk, or will never be. */
function taken(transform: Duplex, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      transform.off('close', done);
      resolve();
    };
    transform.on('close', done);
    // What goes wrong is thrown by the reading side.
    transform.write(chunk, done);
    if (transform.destroyed) done();
  });
}
