/** What is read of a plan's history, and how little of it. */
import { describe, expect, test } from 'vitest';
import { type GatherPlanDeps, gatherPlan } from '../../../core/health/gather-plan.ts';
import type { BackupRow } from '../../../core/ports/catalog.ts';
import { aBackup, aPlanRow } from './world.ts';

const now = new Date('2026-11-21T10:00:00Z');
const slotAt = (hoursAgo: number) =>
  new Date(Date.parse('2026-11-21T09:00:00Z') - hoursAgo * 3_600_000).toISOString();
const failed = (hoursAgo: number) =>
  aBackup(slotAt(hoursAgo), { status: 'failed', completedAt: undefined, verification: undefined });
const readable = {
  status: 'passed',
  level: 'readable',
  verifiedAt: slotAt(0),
  detail: 'read',
} as const;

/** A history in a catalog that counts what it is asked. */
async function gather(
  rows: readonly BackupRow[],
  change: Partial<GatherPlanDeps> = {},
  planRow = aPlanRow(),
) {
  const asked: unknown[] = [];
  const listBackups: GatherPlanDeps['catalog']['listBackups'] = async (_, options = {}) => {
    asked.push(options.status ?? options.limit);
    const all = options.status ? rows.filter(({ status }) => status === options.status) : rows;
    const from = Number(options.cursor ?? '0');
    const to = from + (options.limit ?? 100);
    return { rows: all.slice(from, to), cursor: to < all.length ? String(to) : undefined };
  };
  const facts = await gatherPlan(
    planRow,
    'enabled',
    { catalog: { listBackups }, undeleteDays: 14, ...change },
    now,
  );
  return { facts, asked };
}

const hours = (count: number, make: (hoursAgo: number) => BackupRow) =>
  Array.from({ length: count }, (_, hour) => make(hour));

describe('how much is asked', () => {
  test('one query of a plan whose newest rows tell everything', async () => {
    const { asked } = await gather(hours(1000, (hour) => aBackup(slotAt(hour))));
    expect(asked).toEqual([50]);
  });

  test('more while no drill is among them, as far back as the plan may go without one', async () => {
    const rows = hours(2000, (hour) => aBackup(slotAt(hour), { verification: readable }));
    const asked = async (verification: Record<string, unknown>, row = {}) =>
      (await gather(rows, {}, aPlanRow({ verification }, row))).asked;
    expect(await asked({})).toEqual([50, 200]);
    expect(await asked({ drill: 'monthly' })).toEqual([50, 200, 200, 200, 200]);
    expect(await asked({ level: 'restored', drill: 'never' })).toEqual([50, 200, 200]);
    expect(await asked({ drill: 'never' })).toEqual([50]);
    const drill = { at: slotAt(100), result: 'proven' };
    expect(await asked({}, { proof: { drill } })).toEqual([50]);
  });

  test('what verify remembers of the plan counts as a proof, whatever became of the backup', async () => {
    const rows = hours(50, (hour) => aBackup(slotAt(hour), { verification: readable }));
    const drill = { at: slotAt(100), result: 'proven' } as const;
    const { facts } = await gather(rows, {}, aPlanRow({}, { proof: { drill } }));
    expect(facts.lastProvenAt).toBe(slotAt(100));
    const failed = await gather(rows, {}, aPlanRow({}, { proof: { drill: { ...drill, result: 'failed' } } }));
    expect(failed.facts.lastProvenAt).toBeUndefined();
  });

  test('a good backup behind thousands of failures is found in a bounded number of queries', async () => {
    const rows = [...hours(3000, failed), aBackup(slotAt(3000))];
    const { facts, asked } = await gather(rows);
    expect(asked).toEqual([50, 200, 200, 200, 200, 'completed']);
    expect(facts.lastGood?.slot).toBe(slotAt(3000));
    expect(facts.lastEnded?.slot).toBe(slotAt(0));
  });
});

describe('what is told apart', () => {
  test('an expired backup was made, and is not good; a failed verification and a missing manifest are not good either', async () => {
    const { facts } = await gather([
      aBackup(slotAt(0), {
        status: 'expired',
        expiry: { reason: 'request', decidedAt: slotAt(0), by: 'ada' },
      }),
      aBackup(slotAt(1), { verification: { ...readable, status: 'failed' } }),
      aBackup(slotAt(2), { missingSince: slotAt(0) }),
      aBackup(slotAt(3)),
    ]);
    expect(facts.lastMade?.slot).toBe(slotAt(0));
    expect(facts.lastVerified?.slot).toBe(slotAt(1));
    expect(facts.lastGood?.slot).toBe(slotAt(3));
    expect(facts.recoverable).toBeUndefined();
  });

  test('a run that is not ended counts only while nothing newer was made', async () => {
    const running = (hour: number) => aBackup(slotAt(hour), { status: 'running', leaseUntil: slotAt(hour) });
    const { facts } = await gather([running(0), aBackup(slotAt(1)), running(2)]);
    expect(facts.unfinished.map(({ slot }) => slot)).toEqual([slotAt(0)]);
  });

  test('a verification that could not be carried out still waits, the longest first', async () => {
    const error = { ...readable, status: 'error' } as const;
    const { facts } = await gather([
      aBackup(slotAt(0), { verification: undefined }),
      aBackup(slotAt(5), { verification: error }),
      aBackup(slotAt(9)),
    ]);
    expect(facts.longestUnverified?.slot).toBe(slotAt(5));
  });

  test('what completed since cleanup counted is added, what it counted is not', async () => {
    const planRow = aPlanRow({}, { usage: { countedAt: slotAt(2), backups: 5, storedBytes: 9999 } });
    const { facts } = await gather(
      hours(6, (hour) => aBackup(slotAt(hour), { storedBytes: 10 ** hour })),
      {},
      planRow,
    );
    // The one of two hours ago completed two minutes after the count.
    expect(facts.bytesSinceCounted).toBe(111);
  });
});

describe('a plan without a good backup', () => {
  const expired = (markedDaysAgo: number) =>
    aBackup(slotAt(0), {
      status: 'expired',
      expiry: {
        reason: 'policy',
        decidedAt: slotAt(24 * markedDaysAgo),
        markedAt: slotAt(24 * markedDaysAgo),
        by: 'c',
      },
    });
  test('has one to bring back within the window, and none beyond', async () => {
    expect((await gather([expired(1)])).facts.recoverable?.slot).toBe(slotAt(0));
    expect((await gather([expired(15)])).facts.recoverable?.slot).toBe(slotAt(0));
    expect((await gather([expired(17)])).facts.recoverable).toBeUndefined();
  });
});

describe('second copies', () => {
  type Replication = 'pending' | 'completed' | 'failed';
  /** A vault where what matches a pattern is as far as it says; the rest is copied. */
  const copied = (...states: [RegExp, Replication | undefined][]) => {
    const heads: string[] = [];
    const lists: string[] = [];
    const head = async (key: string) => {
      heads.push(key);
      const found = states.find(([pattern]) => pattern.test(key));
      const replication = found ? found[1] : 'completed';
      const state = { key, lengthBytes: 1, storageClass: 'STANDARD', tags: {}, lastModifiedAt: '' } as const;
      return replication ? { ...state, replication } : state;
    };
    async function* list(prefix: string) {
      lists.push(prefix);
      for (let part = 1; part <= 3000; part += 1) {
        yield {
          key: `${prefix}shop/0000-data.${part}`,
          lengthBytes: part === 700 ? 9 : 1,
          lastModifiedAt: '',
        };
      }
    }
    return { head, list, heads, lists };
  };
  const states = async (rows: readonly BackupRow[], vault: ReturnType<typeof copied>) =>
    (await gather(rows, { copied: vault })).facts.copies?.map(({ state }) => state);
  /** Completed 28 minutes ago. */
  const half = aBackup(slotAt(-0.5));

  test('without one to look for, nothing is said', async () => {
    expect((await gather([half])).facts.copies).toBeUndefined();
  });

  test('while the newest is on its way, the newest that has had time is looked at too', async () => {
    const rows = [half, aBackup(slotAt(-0.4)), aBackup(slotAt(-0.3)), aBackup(slotAt(2))];
    const recent = new RegExp(
      rows
        .slice(0, 3)
        .map(({ backupId }) => backupId)
        .join('|'),
    );
    const old = new RegExp(rows[3]?.backupId ?? '');
    expect(await states(rows, copied([recent, 'pending']))).toEqual(['pending', 'completed']);
    expect(await states([half, rows[3] as BackupRow], copied([recent, undefined], [old, 'failed']))).toEqual([
      'none',
      'failed',
    ]);
  });

  test('a copied manifest does not vouch for the segments: those that the row names are looked at, spread', async () => {
    const folder = `plans/shop/${half.backupId}/a01/shop/0000-data.`;
    const versions = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`${folder}${1000 + n}`, 'v']));
    const vault = copied([/data/, 'failed']);
    expect(await states([{ ...half, versions }], vault)).toEqual(['failed']);
    expect(vault.heads.slice(1)).toEqual([1000, 1025, 1050, 1075, 1100].map((n) => `${folder}${n}`));
    expect(vault.lists).toEqual([]);
  });

  test('or the largest of the first thousand that are listed', async () => {
    const vault = copied([/data\.700$/, 'pending']);
    expect((await states([{ ...half, madeBy: 2 }], vault))?.[0]).toBe('pending');
    expect(vault.lists).toEqual([`plans/shop/${half.backupId}/a02/`]);
    expect(vault.heads).toHaveLength(6);
  });
});

test('a plan whose backups have all expired long ago was made once', async () => {
  const expiry = { reason: 'policy', decidedAt: slotAt(5000), by: 'c' } as const;
  const rows = [...hours(3000, failed), aBackup(slotAt(6000), { status: 'expired', expiry })];
  expect((await gather(rows)).facts.lastMade?.slot).toBe(slotAt(6000));
});

test('a catalog that does not answer throws: a plan that was half seen is not judged', async () => {
  const listBackups = async () => {
    throw new Error('throttled');
  };
  await expect(gather([], { catalog: { listBackups } })).rejects.toThrow('throttled');
});
