/** Plays the backup function: one step of its script each time the command waits. */
import type { BackupEvent } from '../../../core/events.ts';
import { backupIdFor } from '../../../core/format/layout.ts';
import { claimFor, complete, type Harness, type HarnessOptions } from './fixtures.ts';

type Asked = Extract<BackupEvent, { task: 'backup-now' }>;

/** Steps: `claim`, `progress`, `complete`, `wait`, `fail:<CODE>`. After the last one nothing happens any more. */
export function manualBackupOf(script: readonly string[]): HarnessOptions {
  const left = [...script];
  let asked: Asked | undefined;
  return {
    onInvoke(invocation) {
      if (invocation.event.task === 'backup-now') asked = invocation.event as never;
    },
    async onSleep({ catalog, clock }: Harness) {
      const step = left.shift();
      if (!asked || step === undefined || step === 'wait') return;
      const { planId, requestedAt, token, trigger, label, only, keepDays } = asked;
      const backupId = backupIdFor(planId, requestedAt, token);
      const now = clock.now().toISOString();
      const owner = { planId, backupId, attempt: (await catalog.getBackup(planId, backupId))?.attempt ?? 0 };
      const leaseUntil = new Date(clock.now().getTime() + 60_000).toISOString();
      if (step === 'claim')
        await catalog.claimRun({
          ...claimFor(planId, backupId, requestedAt),
          trigger,
          label,
          only,
          keepDays,
          now,
          leaseUntil,
        });
      if (step === 'progress')
        await catalog.renewRun(owner, leaseUntil, { plainBytes: 50, estimatedBytes: 100, step: 'dump shop' });
      if (step === 'complete') await complete(catalog, owner, now);
      if (step.startsWith('fail:'))
        await catalog.failRun(owner, { code: step.slice(5), message: 'it did not go' }, now);
    },
  };
}
