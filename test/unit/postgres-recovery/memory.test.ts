import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { openWith } from '../../../adapters/postgres/restore-heads.ts';
import type { Segment } from '../../../core/manifest.ts';

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
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    held = Math.max(held, process.memoryUsage().arrayBuffers - before);
  }
  expect(held).toBeLessThan(16 * 1024 * 1024);
});
