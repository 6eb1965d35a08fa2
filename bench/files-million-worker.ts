/**
 * One side of bench/files-million.ts, with the figures of each part sent as it ends: a bare listing (by the SDK, or as a
 * run lists), or backups through the real core, each begun when the parent says so.
 */
import { once } from 'node:events';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { bucketOrigin } from '../adapters/files/origin-bucket.ts';
import { s3Client } from '../adapters/s3/client.ts';
import { watchMemory } from './files-million-memory.ts';
import { vaultOfFiles } from './files-million-vault.ts';
import { filesBench } from './files-world.ts';

const { task, endpoint } = JSON.parse(process.argv[2] ?? '{}') as { task: string; endpoint: string };
const client = () =>
  s3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' },
  });

async function timed(run: () => Promise<Record<string, number>>): Promise<void> {
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  const more = await run();
  const { user, system } = process.cpuUsage(cpuBefore);
  process.send?.({
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
    ...more,
  });
}

async function list(): Promise<Record<string, number>> {
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
  return { objects };
}

/** As a run lists. */
async function listOwn(): Promise<Record<string, number>> {
  const origin = bucketOrigin({ client: client(), bucket: 'bench', prefix: '' });
  let objects = 0;
  for await (const found of origin.list(new AbortController().signal)) objects += found.length;
  await origin.close();
  return { objects };
}

if (task === 'list') await timed(list);
else if (task === 'listOwn') await timed(listOwn);
else {
  const memory = watchMemory(process.env.BENCH_TRACE === undefined ? undefined : console.error);
  const { vault, remove } = await vaultOfFiles();
  const bench = filesBench({ client }, vault);
  for (;;) {
    await timed(async () => {
      const { run } = await bench.backup({ bucket: 'bench' });
      return { read: run.new + run.changed, unchanged: run.unchanged, ...memory.peaks() };
    });
    const [goOn] = await once(process, 'message');
    if (goOn !== 'again') break;
  }
  await remove();
}
process.disconnect?.();
