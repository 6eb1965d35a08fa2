import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { openWith } from '../../../adapters/postgres/restore-heads.ts';
import type { Segment } from '../../../core/manifest.ts';

const bound = 16 * 1024 * 1024;

test('a segment on its way is not kept in memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const before = process.memoryUsage().arrayBuffers;
  const chunks = function* () {
    for (let n = 0; n < 100; n++) yield Buffer.allocUnsafeSlow(1024 * 1024);
  };
  const open = () => Readable.from(chunks(), { objectMode: true, highWaterMark: 1 });
  let seen = 0;
  let held = 0;
  for await (const chunk of openWith(open, {} as Segment, new AbortController().signal)) {
    seen += chunk.length;
    if (seen < 99 * 1024 * 1024) continue;
    // Buffers go some time after what held them: what stays is the least of several looks.
    let least = Number.POSITIVE_INFINITY;
    for (let look = 0; look < 20 && least > bound; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      collect();
      least = Math.min(least, process.memoryUsage().arrayBuffers - before);
    }
    held = Math.max(held, least);
  }
  expect(held).toBeLessThan(bound);
});
