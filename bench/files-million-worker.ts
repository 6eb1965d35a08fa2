/** One side of bench/files-million.ts: a bare listing, or two backups through the real core. Sends its figures. */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { s3Client } from '../adapters/s3/client.ts';
import { filesBench } from './files-world.ts';

const { task, endpoint } = JSON.parse(process.argv[2] ?? '{}') as { task: string; endpoint: string };
const client = () =>
  s3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });
const began = performance.now();
const seconds = () => (performance.now() - began) / 1000;
const peakMiB = () => process.resourceUsage().maxRSS / 1024;

if (task === 'list') {
  const listing = client();
  let token: string | undefined;
  let objects = 0;
  do {
    const page = await listing.send(
      new ListObjectsV2Command({
        Bucket: 'bench',
        EncodingType: 'url',
        ...(token ? { ContinuationToken: token } : {}),
      }),
    );
    objects += page.Contents?.length ?? 0;
    token = page.NextContinuationToken;
  } while (token);
  process.send?.({ seconds: seconds(), objects });
} else {
  const bench = filesBench({ client });
  const source = { bucket: 'bench' };
  await bench.backup(source);
  const firstSeconds = seconds();
  const firstPeakRssMiB = peakMiB();
  const second = await bench.backup(source);
  if (second.run.unchanged === 0) throw new Error('the second run read everything');
  process.send?.({
    firstSeconds,
    firstPeakRssMiB,
    secondSeconds: seconds() - firstSeconds,
    secondPeakRssMiB: peakMiB(),
    unchanged: second.run.unchanged,
  });
}
process.disconnect?.();
