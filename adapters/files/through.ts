/**
 * Bytes through a transform (a compressor, a program's pipes), as an async iterable. Promises: what the body throws
 * and what the transform throws is thrown here; leaving early closes both.
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
    if (!transform.write(chunk)) await drained(transform);
  }
  if (!transform.destroyed) transform.end();
}

function drained(transform: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      transform.off('drain', done);
      transform.off('close', done);
      resolve();
    };
    transform.on('drain', done);
    transform.on('close', done);
    if (transform.destroyed) done();
  });
}
