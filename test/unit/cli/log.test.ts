import { describe, expect, it } from 'vitest';
import { memoryLogReader } from '../../../adapters/memory/log-reader.ts';
import type { ClaimRequest } from '../../../core/ports/catalog.ts';
import { completed } from '../api/backups-made.ts';
import { harness } from './fixtures.ts';

const slot = '2026-11-21T02:00:00.000Z';
const line = (second: number, message: string, fields = {}) => ({
  at: `2026-11-21T02:00:0${second}.000Z`,
  level: 'info' as const,
  message,
  function: 'backup',
  fields,
});

async function logged() {
  const logReader = memoryLogReader(['/stack/backup']);
  const h = harness({ context: { logReader } });
  const { backupId } = await completed(h.catalog, 'shop', slot);
  return { h, backupId, logReader };
}

describe('log', () => {
  it('prints a line each, the oldest first, and an error without its stack', async () => {
    const { h, backupId, logReader } = await logged();
    logReader.add(
      'c-1',
      line(2, 'segment stored', { segment: 'orders', plainBytes: 12, note: 'two words' }),
      line(1, 'dumping'),
      { ...line(3, 'it failed', { error: { code: 'DUMP_FAILED', stack: 'at x.ts:1' } }), level: 'error' },
    );
    const { code, stdout } = await h.run('log', backupId);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n')).toEqual([
      '2026-11-21 02:00:01.000 INFO  backup   dumping',
      '2026-11-21 02:00:02.000 INFO  backup   segment stored segment=orders plainBytes=12 note="two words"',
      '2026-11-21 02:00:03.000 ERROR backup   it failed error={"code":"DUMP_FAILED"}',
    ]);
    const ran = await h.run('--json', 'log', backupId, '--level', 'error');
    expect(ran.json()).toMatchObject([{ message: 'it failed', fields: { error: { stack: 'at x.ts:1' } } }]);
  });

  it('goes through pages, and says when there is more than was asked for', async () => {
    const { h, backupId, logReader } = await logged();
    for (let second = 0; second < 9; second += 1) logReader.add('c-1', line(second, `line ${second}`));
    const { stdout, stderr } = await h.run('log', backupId, '--limit', '5');
    expect(stdout.trimEnd().split('\n')).toHaveLength(5);
    expect(stderr).toContain('there are more than 5 lines');
    expect((await h.run('log', backupId, '--limit', '9')).stderr).not.toContain('there are more');
  });

  it('asks for what the form of the id says', async () => {
    const { h } = await logged();
    await h.run('log', 'r-20261121t091203z-3f9a1c22');
    await h.run('log', 't-20261121t091203z-3f9a1c22');
    const queries = h.calls.map((call) => call.split('?')[1]);
    expect(queries[0]).toContain('restore=r-20261121t091203z-3f9a1c22');
    expect(queries[1]).toContain('task=t-20261121t091203z-3f9a1c22');
    const ran = await h.run('--json', 'log', 'what');
    expect(ran.json()).toMatchObject({ error: { code: 'INVALID_INPUT' } });
  });

  it('says where it looked when there is nothing', async () => {
    const { h, backupId } = await logged();
    expect((await h.run('log', backupId)).stdout).toContain('Looked through: /stack/backup');
  });
});

describe('show', () => {
  it('prints the steps that took a while, and what is usual where a run was slower', async () => {
    const { h } = await logged();
    const claim: ClaimRequest = {
      ...{ planId: 'shop', backupId: '20261121T030000Z-3f9a1c22', slot, now: slot, tier: 'daily' },
      ...{ source: 'main', kind: 'database', trigger: 'schedule', createdBy: 'scheduler' },
      ...{ correlationId: 'c-9', leaseUntil: '2026-11-21T02:10:00.000Z' },
    };
    const { row } = await h.catalog.claimRun(claim);
    const owner = { planId: 'shop', backupId: row.backupId, attempt: 1 };
    const error = { code: 'DUMP_FAILED', message: 'no' };
    await h.catalog.failRun(owner, error, '2026-11-21T02:02:00.000Z', [
      { name: 'claim', startedAt: slot, seconds: 0.02 },
      { name: 'open main', title: 'shop', startedAt: slot, seconds: 20 },
      { name: 'dump main', title: 'shop', startedAt: '2026-11-21T02:00:20.000Z' },
    ]);
    const { stdout } = await h.run('show', row.backupId);
    expect(stdout).toMatch(/Usually: +takes 1 min 00 s/);
    expect(stdout).toMatch(/Steps: +Opens: shop: 20 s\n +FAILED Reads and seals: shop: 1 min 40 s/);
    expect(stdout).not.toContain('Claims the run');
  });
});
