/** What comes of a task stands in its row, whatever it was. */
import { expect, test } from 'vitest';
import { memoryLog } from '../../../adapters/log/quiet.ts';
import { memoryCatalog } from '../../../adapters/memory/catalog.ts';
import { memoryClock } from '../../../adapters/memory/clock.ts';
import { asTask, fitting } from '../../../core/control/end-task.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { recordLimits } from '../../../core/record-limits.ts';

const taskId = 't-20261121t020000z-3f9a1c22';

async function world() {
  const catalog = memoryCatalog();
  const createdAt = '2026-11-21T02:00:00.000Z';
  await catalog.createTask({
    taskId,
    kind: 'expire',
    status: 'pending',
    createdAt,
    createdBy: 'ada',
    correlationId: 'c-1',
  });
  return { catalog, clock: memoryClock('2026-11-21T02:00:09Z'), log: memoryLog() };
}

test('a result, or the code of a failure, which is then no failure of the function', async () => {
  const well = await world();
  expect(await asTask(well, taskId, async () => ({ objects: 4 }))).toEqual({ objects: 4 });
  expect(await well.catalog.getTask(taskId)).toMatchObject({ status: 'completed', result: { objects: 4 } });
  const bad = await world();
  const fail = async () => Promise.reject(new HoldfastError('BACKUP_KEPT', 'it is the last good one'));
  expect(await asTask(bad, taskId, fail)).toMatchObject({ status: 'failed', code: 'BACKUP_KEPT' });
  expect(await bad.catalog.getTask(taskId)).toMatchObject({
    status: 'failed',
    error: { code: 'BACKUP_KEPT' },
  });
  // Nobody looks at a row: then it is thrown.
  await expect(asTask(bad, undefined, fail)).rejects.toMatchObject({ code: 'BACKUP_KEPT' });
});

test('a result is cut to what a row holds, and says how much was left out', async () => {
  const lines = Array.from({ length: 5000 }, (_, at) => ({ backupId: `b-${at}`, why: 'x'.repeat(100) }));
  const { lines: kept, left } = fitting(lines);
  expect(kept.length + left).toBe(5000);
  expect(Buffer.byteLength(JSON.stringify(kept))).toBeLessThan(recordLimits.taskResultBytes);
  expect(fitting(lines.slice(0, 3))).toEqual({ lines: lines.slice(0, 3), left: 0 });
});
