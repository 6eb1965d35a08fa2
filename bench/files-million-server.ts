/**
 * The made-up bucket in a process of its own, so that its work is not counted as Holdfast's. Sends its endpoint; takes
 * the milliseconds that each page of a listing is to take from now on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startBucket } from '../test/support/bucket-stand-in.ts';
import { madeUpBucket } from './files-million.ts';

let pageMs = 0;
process.on('message', (milliseconds) => {
  pageMs = Number(milliseconds);
});
const bucket = await startBucket(madeUpBucket(Number(process.argv[2])), {
  onList: async () => {
    if (pageMs > 0) await sleep(pageMs);
  },
});
process.send?.(bucket.endpoint);
process.once('disconnect', () => process.exit(0));
