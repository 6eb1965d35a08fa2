/** A sealed report opened for a person: of this backup only, and never too long for a task or a row. */
import { describe, expect, it } from 'vitest';
import { ComparedItems } from '../../../adapters/compared-items.ts';
import { parseSource } from '../../../adapters/kinds.ts';
import { fastClock } from '../../../adapters/memory/clock.ts';
import { runBackup } from '../../../core/backup/run.ts';
import { fittingReport, fittingResult } from '../../../core/comparison-cut.ts';
import { reportContext } from '../../../core/format/context.ts';
import { backupIdFor, reportKey } from '../../../core/format/layout.ts';
import { sealDocument } from '../../../core/format/sealed-document.ts';
import { jsonBytes } from '../../../core/hold-request.ts';
import type { ComparedItem, Comparison } from '../../../core/ports/recovery.ts';
import { type Report, renderReport, reportSchema } from '../../../core/report.ts';
import { listedResult } from '../../../core/restore/listed-result.ts';
import { openReportFor } from '../../../core/restore/open-report.ts';
import { runRestore } from '../../../core/restore/run.ts';
import { verifyBackup } from '../../../core/verification/verify.ts';
import { fakeRecovery } from '../../support/fake-recovery.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);
const about = { planId: 'fake', backupId };

const itemOf = (at: number, same = true): ComparedItem => ({
  ...{ name: `public.table_${at}`, type: 'table', source: { rows: at, checksum: String(at) } },
  ...{ restored: { rows: same ? at : 0, checksum: String(at) }, same },
});

const large: Comparison = {
  compared: { tables: 500 },
  differences: Array.from({ length: 200 }, (_, at) => `table ${at} ${'differs '.repeat(100)}`),
  notProven: Array.from({ length: 200 }, (_, at) => ({ what: `object ${at}`, why: 'x'.repeat(500) })),
  facts: { scratchServer: '18.6' },
  items: Array.from({ length: 500 }, (_, at) => itemOf(at, at >= 200)),
  itemsLeft: 1000,
};

async function verified(comparison?: Partial<Comparison>) {
  const world = memoryWorld();
  await runBackup(fakeRequest, world, live());
  const fake = fakeRecovery();
  const drill: typeof fake.drill = async (...given) => ({ ...(await fake.drill(...given)), ...comparison });
  const recovery = { ...fake, drill };
  const deps = {
    ...{ ...world, clock: fastClock(1000), parallelism: 2, workDir: 'unused', freeBytes: async () => 1e9 },
    recoveryFor: () => recovery,
  };
  const report = await verifyBackup({ ...about, level: 'restored', correlationId: 'v' }, deps, live());
  const row = await world.catalog.getBackup('fake', backupId);
  return { world, deps, report, key: row?.verification?.reportKey as string };
}

describe('a report', () => {
  it('is opened as it was signed, the newest unless one is named', async () => {
    const { world, report, key } = await verified({ items: [itemOf(1), itemOf(2)], itemsLeft: 3 });
    expect(report.components[0]?.comparison).toMatchObject({ items: [{ same: true }, {}], itemsLeft: 3 });
    expect(await openReportFor(about, world, live())).toEqual({ report, key });
    expect(await openReportFor({ ...about, key }, world, live())).toEqual({ report, key });
  });

  it('shows side by side what each side has', async () => {
    const { report } = await verified({ items: [itemOf(2, false), itemOf(10)], itemsLeft: 3 });
    const lines = renderReport(report).split('\n');
    expect(lines).toContain('  table public.table_2   source 2  restored 0  DIFFERS');
    expect(lines).toContain('  table public.table_10  source 10  restored 10');
    expect(lines).toContain('  … and 3 more');
  });

  it('of an earlier release, without any of that, is read as before', async () => {
    const { report } = await verified();
    expect(report.components[0]?.comparison).not.toHaveProperty('items');
    expect(reportSchema.parse(structuredClone(report))).toEqual(report);
  });

  it.each([
    'reports/fake/20261121T020000Z-00000000/20261121T020000Z-restored-abcdef',
    `plans/fake/${backupId}/manifest`,
    `reports/fake/${backupId}/../x`,
    `reports/fake/${backupId}/20261121T020000Z-restored-abcdef/more`,
  ])('is not looked for at %s', async (key) => {
    const { world } = await verified();
    await expect(openReportFor({ ...about, key }, world, live())).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
  });

  it('that is not there says how to have one', async () => {
    const world = memoryWorld();
    await expect(openReportFor(about, world, live())).rejects.toMatchObject({
      code: 'OBJECT_MISSING',
      next: expect.stringContaining('holdfast verify'),
    });
  });

  it('that somebody else signed is refused', async () => {
    const { world, report } = await verified();
    const id = '20270101T020000Z-restored-abcdef';
    const [{ recipients }, other] = await Promise.all([
      world.keyRing.publicKeys(),
      world.keyRing.signingKey('backup'),
    ]);
    const signer = { ...other, role: 'verify' } as const;
    const context = reportContext('fake', backupId, id);
    const sealed = await sealDocument({ document: report, type: 'report', signer, recipients, context });
    const options = { role: 'report', tier: 'daily', planId: 'fake', storageClass: 'STANDARD' } as const;
    await world.vault.write(reportKey('fake', backupId, id), [sealed], options);
    await expect(openReportFor(about, world, live())).rejects.toMatchObject({ code: 'INTEGRITY_SIGNATURE' });
  });

  it('too long for a task is cut, says how much of each list is left, and keeps what differs longest', async () => {
    const { world, report: whole } = await verified(large);
    const { report } = await openReportFor(about, world, live());
    expect(jsonBytes(whole)).toBeGreaterThan(190 * 1024);
    expect(jsonBytes(report)).toBeLessThanOrEqual(190 * 1024);
    expect(reportSchema.parse(report)).toEqual(report);
    const [component] = report.components as [Report['components'][number]];
    const { items = [], itemsLeft, differences } = component.comparison;
    expect(items.length + (itemsLeft ?? 0)).toBe(1500);
    expect(items[0]?.same).toBe(false);
    expect(differences.at(-1)).toBe(`… and ${200 - (differences.length - 1)} more`);
    expect(differences.length).toBeGreaterThan(20);
  });

  it('of very many databases leaves out those that are well', async () => {
    const { report } = await verified();
    const [one] = report.components as [Report['components'][number]];
    const components = Array.from({ length: 3000 }, (_, at) => ({
      ...{ ...one, name: `c${at}` },
      comparison: { ...one.comparison, differences: at % 1000 === 999 ? ['it differs'] : [] },
    }));
    const cut = fittingReport({ ...report, components }, 190 * 1024);
    expect(jsonBytes(cut)).toBeLessThanOrEqual(190 * 1024 + 100);
    expect(cut.components.filter(({ comparison }) => comparison.differences.length > 0)).toHaveLength(3);
    expect(cut.remarks.at(-1)).toBe(`… and ${3000 - cut.components.length} more components`);
  });
});

describe('what came of a restore', () => {
  it('is short in a list, of which a page of 200 must fit into one answer', () => {
    const long = Array.from({ length: 5000 }, (_, at) => `skipped ${at} ${'x'.repeat(2000)}`);
    const result = { target: 'x', seconds: 3, skipped: long, nextSteps: ['b'], comparison: { ...large } };
    const listed = listedResult(result);
    expect(jsonBytes(listed)).toBeLessThan(20_000);
    expect(listed).toMatchObject({
      target: 'x',
      seconds: 3,
      nextSteps: ['b'],
      comparison: { compared: { tables: 500 } },
    });
    expect(listed.comparison).not.toHaveProperty('items');
    expect((listed as typeof result).skipped.at(-1)).toBe('… and 4995 more');
    const short = { target: 'x', comparison: { differences: ['a', 'b'] }, skipped: ['c'] };
    expect(listedResult(short)).toEqual(short);
    expect(listedResult({ database: 'of an old release', comparison: 'none' })).toMatchObject({
      comparison: 'none',
    });
  });

  it('is as it was, where it fits', () => {
    const result = {
      target: 'x',
      skipped: ['a'],
      nextSteps: ['b'],
      comparison: { ...large, differences: [] },
    };
    expect(fittingResult(result, 1_000_000)).toBe(result);
  });

  it('fits into its row, with every difference that has room', async () => {
    const { world, deps } = await verified();
    const fake = fakeRecovery();
    const restore: typeof fake.restore = async (...given) => ({
      ...(await fake.restore(...given)),
      comparison: { ...large, differences: ['only this one'] },
      skipped: Array.from({ length: 5000 }, (_, at) => `skipped ${at} ${'x'.repeat(200)}`),
    });
    const restoreId = 'r-20261121-0001';
    await world.catalog.createRestore(
      {
        ...{ restoreId, ...about, status: 'pending', createdBy: 'ada', correlationId: 'c' },
        ...{ createdAt: '2026-11-21T03:00:00.000Z', request: about },
      },
      '2026-11-23T03:00:00.000Z',
    );
    const recovery = { ...fake, restore };
    const row = await runRestore(restoreId, { ...deps, recoveryFor: () => recovery, parseSource }, live());
    expect(row?.status).toBe('completed');
    expect(jsonBytes(row?.result)).toBeLessThanOrEqual(150 * 1024);
    const { comparison, skipped } = (row as { result: unknown }).result as {
      comparison: Comparison;
      skipped: string[];
    };
    expect(comparison.differences).toEqual(['only this one']);
    expect((comparison.items?.length ?? 0) + (comparison.itemsLeft ?? 0)).toBe(1500);
    expect(skipped.at(-1)).toBe(`… and ${5000 - (skipped.length - 1)} more`);
  });
});

describe('the table of a comparison', () => {
  const tableOf = (items: Iterable<ComparedItem>) => {
    const table = new ComparedItems();
    for (const item of items) table.add(item);
    return table.build();
  };

  it('is absent where nothing was put into it', () => {
    expect(tableOf([])).toEqual({});
  });

  it('has those that differ first, at most 500, and counts the rest', () => {
    const items = Array.from({ length: 100_000 }, (_, at) => itemOf(at, at % 1000 !== 999));
    const { items: kept = [], itemsLeft } = tableOf(items);
    expect(kept).toHaveLength(500);
    expect(kept.findIndex(({ same }) => same)).toBe(100);
    expect(itemsLeft).toBe(99_500);
  });

  it('takes at most 80 KB, however long the names are', () => {
    const items = Array.from({ length: 400 }, (_, at) => ({ ...itemOf(at), name: '漢'.repeat(1000) }));
    const { items: kept = [], itemsLeft } = tableOf(items);
    expect(jsonBytes(kept)).toBeLessThanOrEqual(80_002);
    expect(kept.length + (itemsLeft ?? 0)).toBe(400);
  });
});
