/** Figures: from rows and results, and as lines that CloudWatch Logs turns into metrics. */
import { describe, expect, test } from 'vitest';
import { logMetrics } from '../../adapters/log/metrics.ts';
import { sandboxUse } from '../../adapters/scratch/used.ts';
import {
  backupFigures,
  cleanupFigures,
  metrics,
  restoreFigures,
  verificationFigures,
} from '../../core/metrics.ts';
import type { BackupRow, RestoreRow } from '../../core/ports/catalog.ts';
import { addBackup, harness } from './cli/fixtures.ts';

function lines() {
  const written: string[] = [];
  const put = logMetrics({
    stackName: 'Holdfast',
    functionName: 'f-backup',
    fields: { correlationId: 'sched-1' },
    write: (line) => written.push(line),
    nowMs: () => 1_795_255_200_000,
  });
  return { put: put.put, written };
}

describe('a line of figures', () => {
  test('is one object of the embedded metric format, with each figure under its own dimensions', () => {
    const { put, written } = lines();
    put(
      { BackupSeconds: 12.5, BackupsFailed: 1, PeakMemoryBytes: 3 },
      { planId: 'shop', fields: { backupId: 'b' } },
    );
    expect(written).toHaveLength(1);
    expect(written[0]?.endsWith('\n')).toBe(true);
    expect(JSON.parse(written[0] ?? '')).toEqual({
      correlationId: 'sched-1',
      backupId: 'b',
      _aws: {
        Timestamp: 1_795_255_200_000,
        CloudWatchMetrics: [
          {
            Namespace: 'Holdfast',
            Dimensions: [['Stack']],
            Metrics: [{ Name: 'BackupSeconds', Unit: 'Seconds' }],
          },
          {
            Namespace: 'Holdfast',
            Dimensions: [['Stack'], ['Stack', 'Plan']],
            Metrics: [{ Name: 'BackupsFailed', Unit: 'Count' }],
          },
          {
            Namespace: 'Holdfast',
            Dimensions: [['Stack', 'Function']],
            Metrics: [{ Name: 'PeakMemoryBytes', Unit: 'Bytes' }],
          },
        ],
      },
      Stack: 'Holdfast',
      Function: 'f-backup',
      Plan: 'shop',
      BackupSeconds: 12.5,
      BackupsFailed: 1,
      PeakMemoryBytes: 3,
    });
  });

  test('leaves out what is no number, and is not written with nothing in it', () => {
    const { put, written } = lines();
    put({ BackupSeconds: undefined, BackupStoredBytes: Number.NaN });
    expect(written).toEqual([]);
  });
});

describe('figures', () => {
  test('of a backup: how long, how much, how late; of a failed one that it failed', async () => {
    const h = harness();
    const row = await addBackup(h);
    expect(backupFigures({ ...row, startedAt: '2026-11-21T02:00:07.000Z' })).toEqual({
      BackupLagSeconds: 7,
      BackupsCompleted: 1,
      BackupSeconds: 83,
      BackupSourceBytes: 4_000_000_000,
      BackupStoredBytes: 1_000_000_000,
    });
    const failed = await addBackup(h, { slot: '2026-11-21T03:00:00Z', end: 'failed' });
    expect(backupFigures(failed)).toMatchObject({ BackupsFailed: 1 });
    const byHand: BackupRow = { ...failed, trigger: 'manual' };
    expect(backupFigures(byHand)).toEqual({ BackupsFailed: 1 });
  });

  test('of a verification, a restore and a cleanup', () => {
    const compared = [{ rows: 40, tables: 2 }, { documents: 2 }];
    const components = compared.map((each) => ({ comparison: { compared: each } })) as never;
    expect(verificationFigures({ result: 'failed', seconds: 3, components })).toEqual({
      VerificationSeconds: 3,
      VerificationsFailed: 1,
      RowsVerified: 42,
    });
    const restore = { startedAt: '2026-11-21T02:00:00Z', completedAt: '2026-11-21T02:01:00Z' };
    expect(restoreFigures({ ...restore, status: 'completed' } as RestoreRow)).toEqual({
      RestoresCompleted: 1,
      RestoreSeconds: 60,
    });
    expect(restoreFigures({ ...restore, status: 'waiting' } as RestoreRow)).toEqual({});
    const marked = { backups: 1, objects: 4, bytes: 32 };
    expect(cleanupFigures({ marked, failed: [{}] }, 9)).toMatchObject({
      CleanupSeconds: 9,
      CleanupMarkedBytes: 32,
      CleanupFailures: 1,
    });
  });

  test('of the sandbox are in bytes', async () => {
    const { PeakMemoryBytes, ScratchBytes } = await sandboxUse();
    expect(PeakMemoryBytes).toBeGreaterThan(20 * 1024 * 1024);
    expect(ScratchBytes).toBeGreaterThanOrEqual(0);
  });

  test('are few by plan: each series has its price', () => {
    const byPlan = Object.entries(metrics).filter(([, { by }]) => by === 'plan');
    expect(byPlan.map(([name]) => name)).toEqual(['BackupsFailed', 'VerificationsFailed']);
  });
});
