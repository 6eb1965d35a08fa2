/** Good news: a backup completed, or was proven by being restored. */
import { bytes, span } from '../health/words.ts';
import type { Plan } from '../plan.ts';
import type { BackupRow } from '../ports/catalog.ts';
import { runLink } from './console-link.ts';
import { clockTime, type Fact, type Notice, subjectLine } from './notice.ts';

export interface SuccessNoticeContext {
  readonly id: string;
  readonly what: 'backup' | 'drill';
  readonly reason: string;
  readonly stackName: string;
  readonly remark?: string;
  readonly correlationId?: string;
  readonly at: string;
  readonly consoleUrl?: string;
}

export function successNotice(plan: Plan, row: BackupRow, context: SuccessNoticeContext): Notice {
  const { backupId, storedBytes, sourceBytes, startedAt, completedAt, expiresAt, warnings = [] } = row;
  const isDrill = context.what === 'drill';
  const title = isDrill ? 'Restore drill passed' : 'Backup completed';
  const facts: (Fact | undefined)[] = [
    { label: 'Plan', value: plan.id, isCode: true },
    { label: 'Backup', value: backupId, isCode: true },
    isDrill && row.verification
      ? { label: 'Proven', value: clockTime(row.verification.verifiedAt) }
      : undefined,
    completedAt === undefined ? undefined : { label: 'Completed', value: clockTime(completedAt) },
    isDrill || startedAt === undefined || completedAt === undefined
      ? undefined
      : { label: 'Took', value: duration(Date.parse(completedAt) - Date.parse(startedAt)) },
    sourceBytes === undefined ? undefined : { label: 'Read', value: bytes(sourceBytes) },
    storedBytes === undefined ? undefined : { label: 'Stored', value: bytes(storedBytes) },
    {
      label: 'Kept as',
      value: `${row.tier}${expiresAt === undefined ? '' : `, until ${clockTime(expiresAt)}`}`,
    },
    isDrill || warnings.length === 0
      ? undefined
      : {
          label: 'Warnings',
          value: `${warnings.slice(0, 5).join('\n')}${warnings.length > 5 ? `\n… ${warnings.length - 5} more` : ''}`,
        },
    { label: 'Look', value: `holdfast show ${backupId}`, isCode: true },
  ];
  const link = runLink(backupId, context.consoleUrl);
  return {
    id: context.id,
    event: 'success',
    tone: 'good',
    label: isDrill ? 'Proven' : 'Completed',
    subject: subjectLine(`[Holdfast] ${title} - plan ${plan.id}`),
    headline: `${title}: ${plan.name ?? plan.id}`,
    lead: isDrill
      ? 'The backup was restored into a scratch server and compared with what was counted when it was taken: everything is there.'
      : `Everything that was read is in the vault, sealed and confirmed${warnings.length === 0 ? '' : ', with warnings'}.`,
    ...(link && { link }),
    facts: facts.filter((fact) => fact !== undefined),
    sections: [],
    ...(context.remark !== undefined && { remark: context.remark }),
    reason: context.reason,
    stackName: context.stackName,
    at: context.at,
    about: { planId: plan.id, backupId, correlationId: context.correlationId },
  };
}

function duration(milliseconds: number): string {
  return milliseconds < 120_000 ? `${Math.max(0, Math.round(milliseconds / 1000))} s` : span(milliseconds);
}
