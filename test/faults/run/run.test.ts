/** What a run promises when something goes wrong in it: failed and told, or whole; never half a backup that looks good. */
import { describe, expect, it } from 'vitest';
import { fastClock } from '../../../adapters/memory/clock.ts';
import {
  type BackupDeps,
  type BackupStep,
  backupSteps,
  maxAttemptsInRun,
  runBackup,
} from '../../../core/backup/run.ts';
import { HoldfastError } from '../../../core/errors.ts';
import { backupIdFor, manifestKey } from '../../../core/format/layout.ts';
import { fetchManifest } from '../../../core/verification/integrity.ts';
import { fakeDriver } from '../../support/fake-source.ts';
import { fakeRequest, memoryWorld } from '../../support/world.ts';

/** For runs that wait: seconds pass in milliseconds. */
const hurried = () => ({ ...memoryWorld(), clock: fastClock(1000, '2026-11-21T02:00:07.000Z') });
const live = () => new AbortController().signal;
const backupId = backupIdFor('fake', fakeRequest.slot);

async function manifestExists(world: BackupDeps): Promise<boolean> {
  return (await world.vault.head(manifestKey('fake', backupId))) !== undefined;
}

async function expectWhole(world: BackupDeps): Promise<void> {
  const { rows } = await world.catalog.listBackups('fake');
  expect(rows.map((row) => row.status)).toEqual(['completed']);
  const { manifest } = await fetchManifest('fake', backupId, world.vault, world.keyRing);
  for (const component of manifest.components) {
    for (const segment of component.segments) {
      for (const part of segment.parts) {
        expect((await world.vault.head(part.key))?.lengthBytes).toBe(part.lengthBytes);
      }
    }
  }
}

describe('a run', () => {
  it('completes, with a row that says everything and no alert', async () => {
    const world = memoryWorld();
    const row = await runBackup(fakeRequest, world, live());
    expect(row).toMatchObject({
      status: 'completed',
      planId: 'fake',
      backupId,
      source: 'main',
      kind: 'database',
      trigger: 'schedule',
      createdBy: 'scheduler',
      slot: fakeRequest.slot,
      tier: 'yearly',
      sourceBytes: 1_000_000,
      locations: ['memory:'],
      attempt: 1,
      correlationId: 'c-1',
    });
    expect(row.storedBytes).toBeGreaterThan(300_000);
    expect(row.compressionRatio).toBeGreaterThan(1);
    expect(row.expiresAt).toMatch(/^20/);
    await expectWhole(world);
    expect(world.alerts.published).toEqual([]);
  });

  it('cuts a long segment into parts that the manifest lists in order', async () => {
    const world = { ...memoryWorld(), partPlainBytes: 30_000 };
    await runBackup(fakeRequest, world, live());
    const { manifest } = await fetchManifest('fake', backupId, world.vault, world.keyRing);
    const parts = manifest.components[0]?.segments[0]?.parts ?? [];
    expect(parts.map((part) => part.key.slice(-5))).toEqual(['.0001', '.0002', '.0003']);
    await expectWhole(world);
  });

  it('delivered five times at once makes one backup', async () => {
    const world = memoryWorld();
    const ends = await Promise.allSettled(
      Array.from({ length: 5 }, () => runBackup(fakeRequest, world, live())),
    );
    expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
    for (const end of ends)
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'RUN_IN_PROGRESS' });
    await expectWhole(world);
    expect(world.alerts.published).toEqual([]);
  });

  it('delivered again after success does nothing', async () => {
    const world = memoryWorld();
    const first = await runBackup(fakeRequest, world, live());
    const driver = fakeDriver();
    const again = await runBackup(fakeRequest, { ...world, driverFor: () => driver }, live());
    expect(again).toEqual(first);
    expect(driver.opened()).toBe(0);
  });
});

/** Faults that end a run as failed: nothing listed as good, a person told, the session closed. */
const failing: [string, Parameters<typeof fakeDriver>[0], string][] = [
  ['the source cannot be opened', { failOpen: () => new HoldfastError('SOURCE_AUTH', 'no') }, 'SOURCE_AUTH'],
  [
    'the dump dies at its start',
    { onChunk: (name, index) => fail(name === 'data-1' && index === 0, 'DUMP_FAILED') },
    'DUMP_FAILED',
  ],
  [
    'the dump dies in the middle',
    { onChunk: (name, index) => fail(name === 'data-2' && index === 2, 'DUMP_FAILED') },
    'DUMP_FAILED',
  ],
  [
    'the dump dies at its end',
    { onChunk: (name, index) => fail(name === 'post-data-3' && index === 3, 'DUMP_FAILED') },
    'DUMP_FAILED',
  ],
  [
    'the evidence cannot be taken',
    { failEvidence: () => new HoldfastError('SOURCE_PRIVILEGE', 'no') },
    'SOURCE_PRIVILEGE',
  ],
  [
    'dumps and evidence disagree',
    { failConfirm: () => new HoldfastError('EVIDENCE_MISMATCH', 'no') },
    'EVIDENCE_MISMATCH',
  ],
  ['something unforeseen is thrown', { failConfirm: () => new TypeError('x is not a function') }, 'INTERNAL'],
];

function fail(when: boolean, code: 'DUMP_FAILED'): void {
  if (when) throw new HoldfastError(code, 'the tool died');
}

describe('when', () => {
  it.each(failing)(
    '%s, the backup is failed, a person is told and no manifest is there',
    async (_, faults, code) => {
      const world = memoryWorld();
      const driver = fakeDriver(faults);
      const row = await runBackup(fakeRequest, { ...world, driverFor: () => driver }, live());
      expect(row).toMatchObject({ status: 'failed', error: { code } });
      expect(await manifestExists(world)).toBe(false);
      expect(world.alerts.published).toMatchObject([
        { kind: 'backup-failed', planId: 'fake', code, severity: 'critical' },
      ]);
      expect(world.alerts.published[0]?.text).toContain('Next step:');
      expect(driver.closed()).toBe(driver.opened());
    },
  );

  it('the deadline comes while a dump stands still, the backup is failed as DEADLINE', async () => {
    const world = memoryWorld();
    const deadline = new AbortController();
    const driver = fakeDriver({
      onChunk: (name, index, signal) =>
        name === 'data-1' && index === 1
          ? new Promise((_, reject) => {
              signal.addEventListener('abort', () => reject(signal.reason));
              setImmediate(() => deadline.abort(new HoldfastError('DEADLINE', 'time is up')));
            })
          : undefined,
    });
    const row = await runBackup(fakeRequest, { ...world, driverFor: () => driver }, deadline.signal);
    expect(row).toMatchObject({ status: 'failed', error: { code: 'DEADLINE' } });
    expect(world.alerts.published).toHaveLength(1);
    expect(driver.closed()).toBe(1);
  });

  it('a failure may pass by itself, it is tried again as a new attempt, and told only when it stays', async () => {
    const world = hurried();
    let left = 2;
    const sometimes = fakeDriver({
      failOpen: () => (left-- > 0 ? new HoldfastError('SOURCE_UNREACHABLE', 'refused') : undefined),
    });
    const row = await runBackup(fakeRequest, { ...world, driverFor: () => sometimes }, live());
    expect(row).toMatchObject({ status: 'completed', attempt: 3 });
    expect(world.alerts.published).toEqual([]);

    const other = hurried();
    const never = fakeDriver({ failOpen: () => new HoldfastError('SOURCE_UNREACHABLE', 'refused') });
    const failed = await runBackup(fakeRequest, { ...other, driverFor: () => never }, live());
    expect(failed).toMatchObject({ status: 'failed', attempt: maxAttemptsInRun });
    expect(other.alerts.published).toHaveLength(1);
  });

  it('evidence fails and the dumps fail because of it, the evidence is named as the cause', async () => {
    const world = memoryWorld();
    let refuse = () => {};
    const waits = new Promise<void>((resolve) => {
      refuse = resolve;
    });
    const driver = fakeDriver({
      failEvidence: () => {
        setImmediate(refuse);
        return new HoldfastError('SOURCE_PRIVILEGE', 'no right to read');
      },
      // As a tool does that is killed: it says that it was killed, not why.
      onChunk: async () => {
        await waits;
        throw new HoldfastError('DUMP_FAILED', 'killed');
      },
    });
    const row = await runBackup(fakeRequest, { ...world, driverFor: () => driver }, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'SOURCE_PRIVILEGE' } });
  });

  it('another manifest of the same length is in its place, it is not taken for its own', async () => {
    const world = memoryWorld();
    const dead = { ...world, clock: { now: world.clock.now, sleep: () => new Promise<void>(() => {}) } };
    await new Promise<void>((reached) => {
      void runBackup(fakeRequest, { ...dead, onStep: diesAt('write-manifest', reached) }, live());
    });
    const prepared = await world.catalog.getBackup('fake', backupId);
    await world.vault.write(
      manifestKey('fake', backupId),
      [Buffer.alloc(prepared?.manifest?.lengthBytes ?? 0, 7)],
      {
        role: 'manifest',
        tier: 'yearly',
        planId: 'fake',
        storageClass: 'STANDARD',
      },
    );
    world.clock.advance(121_000);
    const row = await runBackup(fakeRequest, world, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'OBJECT_EXISTS' } });
  });

  it('the vault refuses, the backup is failed', async () => {
    const world = memoryWorld();
    const vault = {
      ...world.vault,
      write: async () => {
        throw new HoldfastError('VAULT_REFUSED', '403 s3:PutObject');
      },
    };
    const row = await runBackup(fakeRequest, { ...world, vault }, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'VAULT_REFUSED' } });
    expect(world.alerts.published).toHaveLength(1);
  });

  it('the catalog refuses after the upload, nothing is listed as good, and the next delivery completes what is whole', async () => {
    const world = hurried();
    const catalog = {
      ...world.catalog,
      completeRun: async () => {
        throw new HoldfastError('CATALOG_UNAVAILABLE', 'throttled');
      },
      failRun: async () => {
        throw new HoldfastError('CATALOG_UNAVAILABLE', 'throttled');
      },
    };
    await expect(runBackup(fakeRequest, { ...world, catalog }, live())).rejects.toMatchObject({
      code: expect.stringMatching(/CATALOG_UNAVAILABLE|RUN_IN_PROGRESS/),
    });
    expect((await world.catalog.getBackup('fake', backupId))?.status).toBe('running');
    await world.clock.sleep(121_000);
    const driver = fakeDriver();
    const row = await runBackup(fakeRequest, { ...world, driverFor: () => driver }, live());
    expect(row).toMatchObject({ status: 'completed', sourceBytes: 1_000_000 });
    expect(driver.opened(), 'the manifest was whole: nothing is dumped again').toBe(0);
    await expectWhole(world);
  });

  it('the alert cannot be published, the failure is thrown, so that Lambda delivers the run again', async () => {
    const world = memoryWorld();
    world.alerts.breakDown(true);
    const driver = fakeDriver({ failOpen: () => new HoldfastError('SOURCE_AUTH', 'no') });
    await expect(runBackup(fakeRequest, { ...world, driverFor: () => driver }, live())).rejects.toMatchObject(
      {
        code: 'ALERT_FAILED',
      },
    );
    expect((await world.catalog.getBackup('fake', backupId))?.status).toBe('failed');
  });

  it('another run holds the source for too long, the backup is failed as SOURCE_BUSY', async () => {
    const world = hurried();
    await world.catalog.acquireLease(
      'source:holdfast/sources/fake',
      'other',
      '2026-11-21T20:00:00.000Z',
      '2026-11-21T02:00:00.000Z',
    );
    const row = await runBackup(fakeRequest, world, live());
    expect(row).toMatchObject({ status: 'failed', error: { code: 'SOURCE_BUSY' } });
  });

  it('the clock is off by a day, the slot still names the backup and a second delivery does nothing', async () => {
    const world = memoryWorld();
    world.clock.set('2026-11-22T02:00:07.000Z');
    await runBackup(fakeRequest, world, live());
    world.clock.set('2026-11-20T02:00:07.000Z');
    const again = await runBackup(fakeRequest, world, live());
    expect(again).toMatchObject({ status: 'completed', backupId });
    await expectWhole(world);
  });
});

/** Stands still at a step for ever, as a killed function does: nothing after it runs, no failure is recorded. */
function diesAt(step: BackupStep, reached: () => void) {
  return (at: BackupStep): Promise<void> => {
    if (at !== step) return Promise.resolve();
    reached();
    return new Promise(() => {});
  };
}

describe('a function that dies', () => {
  it.each([...backupSteps])(
    'before "%s" leaves nothing that looks good, and the next delivery makes it whole',
    async (step) => {
      const world = memoryWorld();
      // The dead function's timers are dead too: its lease is not renewed.
      const dead = { ...world, clock: { now: world.clock.now, sleep: () => new Promise<void>(() => {}) } };
      await new Promise<void>((reached) => {
        void runBackup(fakeRequest, { ...dead, onStep: diesAt(step, reached) }, live());
      });
      const before = await world.catalog.getBackup('fake', backupId);
      expect(before?.status ?? 'none').not.toBe('completed');
      world.clock.advance(121_000);
      const row = await runBackup(fakeRequest, world, live());
      expect(row.status).toBe('completed');
      await expectWhole(world);
      expect(world.alerts.published).toEqual([]);
    },
  );
});
