/** A plan may say how much a run may read: more than that stops it, and nothing of it is kept. */
import { describe, expect, test } from 'vitest';
import { runBackup } from '../../../core/backup/run.ts';
import { manifestKey } from '../../../core/format/layout.ts';
import type { SourceDriver } from '../../../core/ports/source.ts';
import { fakeBytes, fakeDriver, fakePlan } from '../../support/fake-source.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;
/** Of all four segments of the fake source. */
const plainBytes = [0, 1, 2, 3]
  .flatMap((segment) => fakeBytes(segment))
  .reduce((sum, chunk) => sum + chunk.length, 0);
/** Its segments say that they have 6,000 bytes, and it that it has a million. */
const estimated = 6000;

async function run(maxSourceBytes: number, driver: SourceDriver = fakeDriver()) {
  const world = memoryWorld();
  const plan = fakePlan('fake', { maxSourceBytes });
  const row = await runBackup({ ...fakeRequest, plan }, { ...world, driverFor: () => driver }, live());
  return { row, world, manifest: await world.vault.head(manifestKey('fake', row.backupId)) };
}

describe('maxSourceBytes', () => {
  test('lets a run read exactly that much', async () => {
    expect((await run(plainBytes)).row.status).toBe('completed');
  });

  test('fails a run with the first byte more, once, and leaves no backup', async () => {
    const driver = fakeDriver();
    const { row, world, manifest } = await run(plainBytes - 1, driver);
    expect(row).toMatchObject({ status: 'failed', attempt: 1, error: { code: 'SOURCE_TOO_LARGE' } });
    expect(row.error?.message).toContain(`the plan allows ${plainBytes - 1}`);
    expect(row.error?.message).toContain(`${plainBytes} bytes were read`);
    expect(manifest).toBeUndefined();
    expect(driver.closed()).toBe(driver.opened());
    expect(world.alerts.published).toMatchObject([{ kind: 'backup-failed', code: 'SOURCE_TOO_LARGE' }]);
  });

  test('stops it long before all is read', async () => {
    let chunks = 0;
    const driver = fakeDriver({
      onChunk: () => {
        chunks += 1;
      },
    });
    expect((await run(estimated, driver)).row.error?.code).toBe('SOURCE_TOO_LARGE');
    expect(chunks).toBeLessThan(8);
  });

  test('fails it before anything is read when the source says that it is larger, and says both sizes', async () => {
    let chunks = 0;
    const driver = fakeDriver({
      onChunk: () => {
        chunks += 1;
      },
    });
    const { row, world } = await run(estimated - 1, driver);
    expect(row.error?.code).toBe('SOURCE_TOO_LARGE');
    expect(row.error?.message).toContain(`have ${estimated} bytes; the plan allows ${estimated - 1}`);
    expect(chunks).toBe(0);
    const stored = [];
    for await (const { key } of world.vault.list('')) stored.push(key);
    expect(stored).toEqual([]);
    expect(driver.closed()).toBe(1);
  });

  test('counts what all sources of the plan read together', async () => {
    const world = memoryWorld();
    const source = (name: string) => ({ kind: 'postgres', name, secret: `holdfast/sources/${name}` });
    const planOf = (maxSourceBytes: number) =>
      fakePlan('fake', { sources: [source('one'), source('two')], maxSourceBytes });
    const once = (maxSourceBytes: number) =>
      runBackup({ ...fakeRequest, plan: planOf(maxSourceBytes) }, world, live());
    expect((await once(plainBytes * 2 - 1)).error?.code).toBe('SOURCE_TOO_LARGE');
    expect((await once(plainBytes * 2)).status).toBe('completed');
  });
});
