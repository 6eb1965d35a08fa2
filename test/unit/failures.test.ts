/** What a dead function or an undelivered schedule becomes: a failed row and an alert, unless all is well after all. */
import { describe, expect, it } from 'vitest';
import { runBackup } from '../../core/backup/run.ts';
import { HoldfastError } from '../../core/errors.ts';
import { handleFailure } from '../../core/failures.ts';
import { backupIdFor } from '../../core/format/layout.ts';
import { mayStillCrash } from '../../core/health/told-lately.ts';
import { fakeDriver } from '../support/fake-source.ts';
import { fakeRequest, memoryWorld } from '../support/world.ts';

const slot = fakeRequest.slot;
const backupId = backupIdFor('fake', slot);
const sentAt = '2026-11-21T02:20:00.000Z';

function deadFunction(
  requestPayload: unknown,
  said = 'Task timed out after 900.00 seconds',
  requestId = 'c-1',
) {
  return {
    sentAt,
    attributes: {},
    body: JSON.stringify({
      version: '1.0',
      requestContext: {
        requestId,
        functionArn: 'arn:aws:lambda:eu-west-1:1:function:Backup:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload,
      responsePayload: { errorType: 'Sandbox.Timedout', errorMessage: said },
    }),
  };
}

const delivery = { task: 'backup', planId: 'fake', scheduledTime: slot };

async function world() {
  const logGroupOf = (name: string) => `logs-of-${name}`;
  const made = { ...memoryWorld(), logGroupOf };
  await made.catalog.putPlan(fakeRequest.plan, 0, 'test', '2026-11-20T00:00:00.000Z');
  return made;
}

/** A run that stands still for ever in the middle of its dump. */
async function stuckRun(made: Awaited<ReturnType<typeof world>>) {
  await new Promise<void>((reached) => {
    const driver = fakeDriver({ onChunk: () => new Promise(() => reached()) });
    // As the function names what a schedule started.
    const request = { ...fakeRequest, correlationId: 'sched-c-1' };
    void runBackup(request, { ...made, driverFor: () => driver }, new AbortController().signal);
  });
}

describe('a function that died', () => {
  it('ends the task that somebody waits for, and tells even when that cannot be written', async () => {
    const made = await world();
    const taskId = 't-20261121t020000z-3f9a1c22';
    const event = { task: 'cleanup', taskId, by: 'ada' };
    const createdAt = '2026-11-21T02:00:00.000Z';
    await made.catalog.createTask({
      taskId,
      kind: 'cleanup',
      status: 'pending',
      createdAt,
      createdBy: 'ada',
      correlationId: 'c-1',
    });
    expect((await handleFailure(deadFunction(event), made))?.kind).toBe('cleanup-crashed');
    expect(await made.catalog.getTask(taskId)).toMatchObject({
      status: 'failed',
      error: { code: 'CRASHED' },
    });
    const finishTask = async () => Promise.reject(new HoldfastError('ACCESS_DENIED', 'no'));
    const other = await world();
    const deps = { ...other, catalog: { ...other.catalog, finishTask } };
    expect((await handleFailure(deadFunction(event), deps))?.kind).toBe('cleanup-crashed');
  });

  it('leaves a failed row and an alert that says where its last words are', async () => {
    const made = await world();
    await stuckRun(made);
    const alert = await handleFailure(deadFunction(delivery), made);
    expect(alert).toMatchObject({ kind: 'backup-crashed', planId: 'fake', backupId, code: 'CRASHED' });
    expect(alert?.correlationId).toBe('sched-c-1');
    expect(alert?.text).toContain('logs-of-Backup');
    expect(alert?.text).toContain('timed out');
    expect((await made.catalog.getBackup('fake', backupId))?.status).toBe('failed');
    expect(made.alerts.published).toHaveLength(1);
  });

  it('says nothing when the backup completed after all', async () => {
    const made = await world();
    await runBackup(fakeRequest, made, new AbortController().signal);
    expect(await handleFailure(deadFunction(delivery), made)).toBeUndefined();
    expect(made.alerts.published).toEqual([]);
  });

  it('leaves the row to another delivery that is alive', async () => {
    const made = await world();
    await stuckRun(made);
    expect(await handleFailure(deadFunction(delivery, 'RUN_IN_PROGRESS', 'another'), made)).toBeUndefined();
    expect((await made.catalog.getBackup('fake', backupId))?.status).toBe('running');
  });

  it('takes the row of a delivery whose lease has ended', async () => {
    const made = await world();
    await stuckRun(made);
    // Far beyond the lease, in one step, before anything could renew it.
    const clock = { ...made.clock, now: () => new Date('2026-11-21T03:00:00Z') };
    expect(
      await handleFailure(deadFunction(delivery, 'killed', 'another'), { ...made, clock }),
    ).toMatchObject({
      kind: 'backup-crashed',
    });
  });

  it("is told when the run was by hand, whose id is the caller's own", async () => {
    const made = await world();
    const request = {
      ...fakeRequest,
      token: 'token-of-the-call',
      trigger: 'manual' as const,
      correlationId: 'cli-1',
    };
    await new Promise<void>((reached) => {
      const driver = fakeDriver({ onChunk: () => new Promise(() => reached()) });
      void runBackup(request, { ...made, driverFor: () => driver }, new AbortController().signal);
    });
    const event = {
      task: 'backup-now',
      planId: 'fake',
      requestedAt: slot,
      token: request.token,
      correlationId: request.correlationId,
    };
    const alert = await handleFailure(deadFunction(event, 'killed', 'lambda-request'), made);
    expect(alert).toMatchObject({ kind: 'backup-crashed' });
    expect((await made.catalog.getBackup('fake', alert?.backupId ?? ''))?.status).toBe('failed');
  });

  it('is told of even when it never made a row', async () => {
    const made = await world();
    expect(await handleFailure(deadFunction(delivery), made)).toMatchObject({
      kind: 'backup-crashed',
      backupId,
    });
  });

  it('that was restoring says what it may have left on the target', async () => {
    const made = await world();
    await runBackup(fakeRequest, made, new AbortController().signal);
    await made.catalog.createRestore(
      {
        restoreId: 'r-00000001',
        planId: 'fake',
        backupId,
        status: 'pending',
        createdBy: 'test',
        createdAt: sentAt,
        correlationId: 'c',
        request: {},
      },
      '2026-11-23T03:00:00.000Z',
    );
    await made.catalog.startRestore('r-00000001', sentAt);
    const alert = await handleFailure(deadFunction({ task: 'restore', restoreId: 'r-00000001' }), made);
    expect(alert?.kind).toBe('restore-crashed');
    expect(alert?.text).toContain('may be left on the target');
    expect((await made.catalog.getRestore('r-00000001'))?.status).toBe('failed');
  });

  it('that was restoring is told again when the first time did not get through', async () => {
    const made = await world();
    await runBackup(fakeRequest, made, new AbortController().signal);
    await made.catalog.createRestore(
      {
        restoreId: 'r-00000002',
        planId: 'fake',
        backupId,
        status: 'pending',
        createdBy: 'test',
        createdAt: sentAt,
        correlationId: 'c',
        request: {},
      },
      '2026-11-23T03:00:00.000Z',
    );
    await made.catalog.startRestore('r-00000002', sentAt);
    const message = deadFunction({ task: 'restore', restoreId: 'r-00000002' });
    made.alerts.breakDown(true);
    await expect(handleFailure(message, made)).rejects.toMatchObject({ code: 'ALERT_FAILED' });
    made.alerts.breakDown(false);
    expect(await handleFailure(message, made)).toMatchObject({ kind: 'restore-crashed' });
  });

  it('after its restore had begun to wait for archived objects leaves it waiting', async () => {
    const made = await world();
    await runBackup(fakeRequest, made, new AbortController().signal);
    await made.catalog.createRestore(
      {
        restoreId: 'r-00000003',
        planId: 'fake',
        backupId,
        status: 'pending',
        createdBy: 'test',
        createdAt: sentAt,
        correlationId: 'c',
        request: {},
      },
      '2026-11-23T00:00:00.000Z',
    );
    await made.catalog.startRestore('r-00000003', sentAt);
    await made.catalog.waitRestore('r-00000003', {
      objects: 1,
      bytes: 1,
      requestedAt: sentAt,
      expectedAt: '2026-11-21T15:00:00.000Z',
      estimatedCostUsd: 0.01,
    });
    const message = deadFunction({ task: 'restore', restoreId: 'r-00000003' });
    expect(await handleFailure(message, made)).toBeUndefined();
    expect((await made.catalog.getRestore('r-00000003'))?.status).toBe('waiting');
  });

  it('that was verifying is told as that', async () => {
    const made = await world();
    expect(await handleFailure(deadFunction({ task: 'verify-due' }), made)).toMatchObject({
      kind: 'verification-crashed',
    });
  });
});

describe('how a function died', () => {
  const record = (responsePayload: unknown) => {
    const message = deadFunction(delivery);
    return { ...message, body: JSON.stringify({ ...JSON.parse(message.body), responsePayload }) };
  };
  const deaths: [string, unknown, string, string][] = [
    [
      'for memory',
      {
        errorType: 'Runtime.OutOfMemory',
        errorMessage: 'RequestId: 1 Error: Runtime exited with error: signal: killed',
      },
      'was killed for memory',
      'Raise memorySizeMiB',
    ],
    [
      'for memory, by an older runtime',
      {
        errorType: 'Runtime.ExitError',
        errorMessage: 'RequestId: 1 Error: Runtime exited with error: signal: killed',
      },
      'was killed for memory',
      'Raise memorySizeMiB',
    ],
    [
      'at its time limit',
      { errorMessage: '2026-11-21T02:15:00.000Z 1 Task timed out after 900.00 seconds' },
      'was ended at its time limit',
      'split the plan',
    ],
    [
      'of a defect',
      { errorType: 'TypeError', errorMessage: 'x is not a function' },
      'ended without an answer',
      'look at its log',
    ],
    ['without a word', null, 'ended without an answer', 'RetriesExhausted'],
  ];
  it.each(deaths)('%s is said with the right next step', async (_, payload, how, next) => {
    const alert = await handleFailure(record(payload), await world());
    expect(alert?.kind).toBe('backup-crashed');
    expect(alert?.text).toContain(how);
    expect(alert?.text).toContain(next);
  });
});

describe('functions whose runs have no row', () => {
  const events: [string, unknown, Record<string, unknown>][] = [
    ['cleanup', { task: 'cleanup', planId: 'fake' }, { kind: 'cleanup-crashed', planId: 'fake' }],
    ['a reprieve', { task: 'reprieve', planId: 'fake' }, { kind: 'cleanup-crashed', planId: 'fake' }],
    ['watch', { task: 'watch' }, { kind: 'watch-crashed' }],
    ['adopt', { task: 'adopt', backups: [{ planId: 'fake', backupId }] }, { kind: 'adopt-crashed' }],
    ['something unknown', { task: 'dance' }, { kind: 'warning' }],
  ];
  it.each(events)('%s is told as that', async (_, event, alert) => {
    expect(await handleFailure(deadFunction(event), await world())).toMatchObject(alert);
  });
});

describe('a function that dies again and again', () => {
  const later = (made: Awaited<ReturnType<typeof world>>, now: string) => ({
    ...made,
    clock: { ...made.clock, now: () => new Date(now) },
  });

  it.each([
    ['watch', { task: 'watch' }, 'watch-crashed/-'],
    ['verify', { task: 'verify-due' }, 'verification-crashed/-'],
    ['cleanup', { task: 'cleanup' }, 'cleanup-crashed/-'],
    ['backup', delivery, 'backup-crashed/fake'],
  ])('is told once a day: %s', async (_, event, conditionId) => {
    const made = await world();
    const dies = (at: string) => handleFailure(deadFunction(event), later(made, at));
    expect(await dies('2026-11-21T03:00:00Z')).toBeDefined();
    expect(await dies('2026-11-21T03:15:00Z')).toBeUndefined();
    expect(await dies('2026-11-22T02:59:00Z')).toBeUndefined();
    expect(await dies('2026-11-22T03:00:00Z')).toBeDefined();
    expect(made.alerts.published).toHaveLength(2);
    expect(await made.catalog.listOpenAlerts()).toMatchObject([
      { conditionId, since: '2026-11-21T03:00:00.000Z', timesTold: 2 },
    ]);
  });

  it('is told of each plan, and of each schedule that cannot start its run', async () => {
    const made = await world();
    await handleFailure(deadFunction({ task: 'cleanup', planId: 'one' }), made);
    await handleFailure(deadFunction({ task: 'cleanup', planId: 'two' }), made);
    for (const task of ['watch', 'cleanup', 'watch'])
      await handleFailure({ body: JSON.stringify({ task }), attributes: {}, sentAt }, made);
    expect(made.alerts.published).toHaveLength(4);
  });

  it('is told when the catalog cannot say whether it was', async () => {
    const made = await world();
    const down = async () => {
      throw new HoldfastError('CATALOG_UNAVAILABLE', 'no answer');
    };
    const catalog = { ...made.catalog, listOpenAlerts: down, saveAlert: down };
    expect(await handleFailure(deadFunction({ task: 'watch' }), { ...made, catalog })).toBeDefined();
  });

  it('stays an open alert until it has been quiet for a day and an hour', async () => {
    const made = await world();
    await handleFailure(deadFunction({ task: 'verify-due' }), later(made, '2026-11-21T03:00:00Z'));
    const [row] = await made.catalog.listOpenAlerts();
    if (!row) throw new Error('no row');
    expect(mayStillCrash(row, new Date('2026-11-22T03:59:00Z'))).toBe(true);
    expect(mayStillCrash(row, new Date('2026-11-22T04:00:00Z'))).toBe(false);
    expect(mayStillCrash({ ...row, kind: 'backup-missed' }, new Date('2026-11-21T04:00:00Z'))).toBe(false);
  });
});

describe('a schedule that could not start its run', () => {
  it('is told with its plan and the reason', async () => {
    const made = await world();
    const alert = await handleFailure(
      {
        body: JSON.stringify(delivery),
        attributes: { ERROR_CODE: 'AccessDenied', ERROR_MESSAGE: 'no such role' },
        sentAt,
      },
      made,
    );
    expect(alert).toMatchObject({ kind: 'schedule-undelivered', planId: 'fake' });
    expect(alert?.text).toContain('no such role');
    expect(alert?.text).toContain('holdfast backup fake');
  });

  it('is told even when nobody can read what it was', async () => {
    const made = await world();
    expect(await handleFailure({ body: 'not json', attributes: {}, sentAt }, made)).toMatchObject({
      kind: 'schedule-undelivered',
    });
  });
});

describe('when the alert cannot be published', () => {
  it('the message is left in the queue', async () => {
    const made = await world();
    made.alerts.breakDown(true);
    await expect(handleFailure(deadFunction(delivery), made)).rejects.toMatchObject({ code: 'ALERT_FAILED' });
  });
});
