/** An S3 stand-in in a process of its own, so that its work is not counted as Holdfast's memory. Prints its endpoint. */
import { startS3StandIn } from '../test/support/s3-stand-in.ts';

const directory = process.argv[2];
const server = await startS3StandIn({ keep: directory ? { directory } : 'discard' });
console.log(server.endpoint);
// Ends with the process that started it.
process.stdin.on('end', () => process.exit(0)).resume();
