/** The contract of the catalog: lists over all plans by time. */
import { describe, expect, test } from 'vitest';
import type {
  BackupFilter,
  Catalog,
  ListedBackup,
  Page,
  RestoreRow,
  TimelineOptions,
  VerificationState,
} from '../../core/ports/catalog.ts';
import { asListed } from '../../core/timeline.ts';
import {
  aBackup,
  aClaim,
  aRestore,
  claimed,
  later,
  now,
  passed,
  rowOf,
  type SetUp,
} from './catalog-fixtures.ts';

/** All rows of a list, page after page; each page is within its limit. */
async function allOf<Row>(
  read: (options: TimelineOptions) => Promise<Page<Row>>,
  options: TimelineOptions = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Row> = await read({ ...options, ...(cursor && { cursor }) });
    expect(page.rows.length).toBeLessThanOrEqual(options.limit ?? 100);
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor);
  return rows;
}

/** The cursor with a day that no month has. */
function withoutDay(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  return Buffer.from(text.replace(/-\d\dT/, '-99T')).toString('base64url');
}

export function timelineContract(setUp: SetUp): void {
  /** Years of its own for each test, so that the rows of the others are not on its list. */
  let year = 2040;
  const nextYear = () => {
    year += 2;
    return year;
  };
  const backups = (catalog: Catalog, filter: BackupFilter, options?: TimelineOptions) =>
    allOf((each) => catalog.listTimeline(filter, each), options);
  const slotsOf = (rows: readonly ListedBackup[]) => rows.map(({ slot }) => slot);

  describe('backups of all plans by slot', () => {
    test('they are listed newest first over the months, page after page, each once', async () => {
      const { catalog, planId } = await setUp();
      const of = nextYear();
      const slots = [
        '01-31T23:59:59Z',
        '02-01T00:00:00Z',
        '02-01T00:00:01Z',
        '05-20T02:00:00Z',
        '12-31T23:59:59Z',
      ];
      const whole = slots.map((slot) => `${of}-${slot}`);
      for (const [number, slot] of whole.entries())
        await claimed(catalog, aClaim(`${planId}-${number % 2}`, { slot }));
      const span = { from: `${of}-01-01T00:00:00Z`, to: `${of + 1}-01-01T00:00:00Z` };
      for (const limit of [1, 2, 100]) {
        expect(slotsOf(await backups(catalog, span, { limit }))).toEqual([...whole].reverse());
        expect(slotsOf(await backups(catalog, span, { limit, order: 'asc' }))).toEqual(whole);
      }
    });

    test('from is inclusive and to exclusive, of any precision, for all plans and for one', async () => {
      const { catalog, planId } = await setUp();
      const of = nextYear();
      const slots = [1, 2, 3].map((second) => `${of}-03-01T00:00:0${second}Z`);
      for (const slot of slots) await claimed(catalog, aClaim(planId, { slot }));
      const at = (second: string) => `${of}-03-01T00:00:0${second}Z`;
      for (const plan of [{}, { planId }]) {
        const listed = async (from: string, to: string) =>
          slotsOf(await backups(catalog, { ...plan, from: at(from), to: at(to) }, { order: 'asc' }));
        expect(await listed('1', '3')).toEqual(slots.slice(0, 2));
        expect(await listed('1.001', '3.001')).toEqual(slots.slice(1));
        expect(await listed('3.001', '9')).toEqual([]);
      }
    });

    test('a row of the list is the row without its notes, whichever way it is read', async () => {
      const { catalog, planId } = await setUp();
      const of = nextYear();
      const slot = `${of}-03-01T00:00:00Z`;
      const said = { slot, label: 'before the move', only: ['shop'], keepDays: 3 };
      const { backupId } = await aBackup(catalog, planId, said);
      await catalog.recordVerification(planId, backupId, passed);
      await catalog.setPin(planId, backupId, { at: later, by: 'ann', reason: 'audit' });
      const row = await rowOf(catalog, planId, backupId);
      const expected = asListed(row);
      expect(row.versions).toBeDefined();
      expect(expected).not.toHaveProperty('versions');
      const { reportKey: _, ...verification } = passed;
      expect(expected).toMatchObject({
        ...said,
        guard: 2,
        verification,
        pin: { by: 'ann' },
        storedBytes: 1_000_000,
      });
      const span = { from: slot, to: `${of}-03-02T00:00:00Z` };
      expect(await backups(catalog, span)).toEqual([expected]);
      expect(await backups(catalog, { ...span, planId })).toEqual([expected]);
    });

    test('a failed, an expired and an adopted backup are on it', async () => {
      const { catalog, planId } = await setUp();
      const of = nextYear();
      const slots = [1, 2, 3].map((day) => `${of}-03-0${day}T00:00:00Z`);
      const [failing = '', expiring = '', adopting = ''] = slots;
      const owner = await claimed(catalog, aClaim(planId, { slot: failing }));
      await catalog.failRun(owner, { code: 'DUMP_FAILED', message: 'no' }, later);
      const victim = await aBackup(catalog, planId, { slot: expiring });
      const expiry = { reason: 'policy', decidedAt: later, by: 'cleanup' } as const;
      await catalog.expireBackups({ planId, victims: [victim], keepers: [], expiry });
      const other = await aBackup(catalog, `${planId}-x`, { slot: adopting });
      expect(await catalog.adoptBackup({ ...other, planId }, later)).toBe(true);
      const span = { from: failing, to: `${of}-04-01T00:00:00Z` };
      const listed = (await backups(catalog, span, { order: 'asc' })).filter((row) => row.planId === planId);
      expect(slotsOf(listed)).toEqual(slots);
      expect(listed.map(({ status }) => status)).toEqual(['failed', 'expired', 'completed']);
      expect(listed[0]).toMatchObject({ error: { code: 'DUMP_FAILED' }, failedAt: later });
    });

    test('filters narrow it, over pages, for all plans and for one', async () => {
      const { catalog, planId } = await setUp();
      const of = nextYear();
      const slot = (day: number) => `${of}-03-0${day}T00:00:00Z`;
      await claimed(catalog, aClaim(planId, { slot: slot(1) }));
      await aBackup(catalog, planId, { slot: slot(2), tier: 'weekly' });
      await aBackup(catalog, planId, { slot: slot(3), kind: 'files' });
      const verify = async (day: number, state: Partial<VerificationState>) => {
        const { backupId } = await aBackup(catalog, planId, { slot: slot(day) });
        const { reportKey: _, provenAt: __, ...bare } = passed;
        await catalog.recordVerification(planId, backupId, { ...bare, ...state });
      };
      await verify(4, { level: 'stored' });
      await verify(5, { level: 'stored', provenAt: later });
      await verify(6, { status: 'failed', provenAt: later });
      await verify(7, { status: 'error' });
      await verify(8, { level: 'readable' });
      const days = async (filter: BackupFilter) => {
        const found: number[][] = [];
        for (const plan of [{}, { planId }]) {
          const span = { from: slot(1), to: `${of}-04-01T00:00:00Z` };
          const rows = await backups(catalog, { ...span, ...plan, ...filter }, { order: 'asc', limit: 2 });
          found.push(rows.map((row) => Number(row.slot.slice(9, 10))));
        }
        expect(found[0]).toEqual(found[1]);
        return found[0];
      };
      expect(await days({ status: 'running' })).toEqual([1]);
      expect(await days({ tier: 'weekly' })).toEqual([2]);
      expect(await days({ kind: 'files', status: 'completed' })).toEqual([3]);
      expect(await days({ verified: 'passed' })).toEqual([4, 5, 8]);
      expect(await days({ verified: 'failed' })).toEqual([6]);
      expect(await days({ verified: 'none' })).toEqual([1, 2, 3, 7]);
      expect(await days({ verified: 'stored' })).toEqual([4, 5, 8]);
      expect(await days({ verified: 'readable' })).toEqual([5, 8]);
      expect(await days({ verified: 'restored' })).toEqual([5]);
    });

    test('a new row shifts no page, and one that is there already is not given again', async () => {
      const { catalog, planId } = await setUp();
      const of = nextYear();
      const slot = (day: number) => `${of}-03-0${day}T00:00:00Z`;
      for (const day of [2, 4, 6]) await claimed(catalog, aClaim(planId, { slot: slot(day) }));
      const span = { from: slot(1), to: slot(9) };
      const first = await catalog.listTimeline(span, { limit: 2 });
      expect(slotsOf(first.rows)).toEqual([slot(6), slot(4)]);
      for (const day of [1, 5, 7]) await claimed(catalog, aClaim(planId, { slot: slot(day) }));
      const second = await catalog.listTimeline(span, { limit: 2, cursor: first.cursor ?? '' });
      expect(slotsOf(second.rows)).toEqual([slot(2), slot(1)]);
    });

    test('what is no filter, no limit and no cursor of the same list is refused', async () => {
      const { catalog, planId } = await setUp();
      const of = nextYear();
      const slot = (day: number) => `${of}-03-0${day}T00:00:00Z`;
      for (const day of [1, 2, 3]) await claimed(catalog, aClaim(planId, { slot: slot(day) }));
      const span = { from: slot(1), to: slot(9) };
      const { cursor = '' } = await catalog.listTimeline(span, { limit: 1 });
      const plans = await catalog.listBackups(planId, { limit: 1 });
      const bad: [BackupFilter, TimelineOptions][] = [
        [{ from: 'yesterday' }, {}],
        [{ from: slot(2), to: slot(2) }, {}],
        [{ planId: 'No Plan' }, {}],
        [span, { limit: 0 }],
        [span, { limit: 1001 }],
        [span, { cursor: 'x' }],
        [span, { cursor: withoutDay(cursor) }],
        [span, { cursor: plans.cursor ?? '' }],
        [span, { cursor, order: 'asc' }],
        [{ ...span, status: 'running' }, { cursor }],
        [{ ...span, planId }, { cursor }],
      ];
      for (const [filter, options] of bad) {
        const list = catalog.listTimeline(filter, options);
        await expect(list, JSON.stringify([filter, options])).rejects.toMatchObject({
          code: 'INVALID_INPUT',
        });
      }
      const restores = catalog.listRestores({}, { cursor });
      await expect(restores).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    });
  });

  describe('restores and alerts by time', () => {
    test('restores are listed as they are, by when they were made, of one plan and of one status', async () => {
      const { catalog, planId } = await setUp();
      await aBackup(catalog, planId);
      const rows: RestoreRow[] = [];
      for (const [number, createdAt] of [
        '2026-10-01T00:00:00.000Z',
        '2026-11-01T00:00:00.000Z',
        now,
      ].entries()) {
        const row = aRestore(planId, { restoreId: `r-${planId}-${number}`, createdAt });
        await catalog.createRestore(row, '2026-11-23T02:00:00.000Z');
        rows.push(row);
      }
      const [oldest, middle, newest] = rows;
      await catalog.startRestore(middle?.restoreId ?? '', later);
      const running = { ...middle, status: 'running', startedAt: later };
      const list = (filter: object, options: TimelineOptions) =>
        allOf((each) => catalog.listRestores({ planId, ...filter }, each), options);
      expect(await list({}, { limit: 1 })).toEqual([newest, running, oldest]);
      expect(await list({}, { order: 'asc' })).toEqual([oldest, running, newest]);
      expect(await list({ status: 'running' }, {})).toEqual([running]);
      const all = await allOf((each) => catalog.listRestores({}, each));
      expect(all.filter((row) => row.planId === planId)).toEqual([newest, running, oldest]);
    });

    test('alerts are listed, open and closed, by when they began; one that breaks anew moves', async () => {
      const { catalog, planId } = await setUp();
      const alert = (kind: string, since: string) => ({
        conditionId: `${kind}/${planId}`,
        kind,
        severity: 'critical' as const,
        planId,
        subject: kind,
        text: 'x',
        since,
        lastToldAt: since,
        timesTold: 1,
      });
      const october = alert('backup-missed', '2026-10-02T00:00:00.000Z');
      const closed = { ...alert('schedule-wrong', now), closedAt: later };
      await catalog.saveAlert(october);
      await catalog.saveAlert(closed);
      const list = () => allOf((each) => catalog.listAlerts({ planId }, each), { limit: 1 });
      expect(await list()).toEqual([closed, october]);
      const anew = { ...october, since: later };
      await catalog.saveAlert(anew);
      expect(await list()).toEqual([anew, closed]);
    });
  });
}
