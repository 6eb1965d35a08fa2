/** The made-up bucket in a process of its own, so that its work is not counted as Holdfast's. Sends its endpoint. */
import { startBucket } from '../test/support/bucket-stand-in.ts';
import { madeUpBucket } from './files-million.ts';

const bucket = await startBucket(madeUpBucket(Number(process.argv[2])));
process.send?.(bucket.endpoint);
process.once('disconnect', () => process.exit(0));
