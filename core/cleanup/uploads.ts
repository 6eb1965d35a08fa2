/** Uploads that nobody finishes take up space that no listing shows. They are aborted, unless their run still runs. */
import { backupIdSchema } from '../format/layout.ts';
import { beginStep, type Run } from './context.ts';

/** No run lasts longer than a quarter of an hour; a restore drill of a person's own might. */
const abandonedAfterDays = 2;

export async function abortUploads(planId: string, run: Run): Promise<void> {
  const { deps, now, tally } = run;
  const before = Date.parse(now) - abandonedAfterDays * 86_400_000;
  // Uploads come by key, so those of one backup follow each other.
  let asked: { readonly backupId: string; readonly runs: boolean } | undefined;
  for (const prefix of [`plans/${planId}/`, `reports/${planId}/`]) {
    for await (const upload of deps.keeping.unfinishedUploads(prefix)) {
      if (Date.parse(upload.startedAt) > before) continue;
      const [backupId = ''] = upload.key.slice(prefix.length).split('/');
      if (asked?.backupId !== backupId) asked = { backupId, runs: await isRunning(planId, backupId, run) };
      if (asked.runs) continue;
      await beginStep(run, 'abort-upload');
      await deps.keeping.abortUpload(upload);
      tally.uploadsAborted += 1;
    }
  }
}

async function isRunning(planId: string, backupId: string, { deps, now }: Run): Promise<boolean> {
  if (!backupIdSchema.safeParse(backupId).success) return false;
  const row = await deps.catalog.getBackup(planId, backupId);
  return row?.status === 'running' && Date.parse(row.leaseUntil ?? now) > Date.parse(now);
}
