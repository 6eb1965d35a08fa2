/** Where what is wrong can be seen best: straight to what broke. Pure. */
import type { Schemas } from '../../api/use-api.ts';

export interface Place {
  readonly at: 'run' | 'point' | 'plan' | 'restores' | 'settings';
  readonly href: string;
}

/** Of an alert or a condition; undefined when it is about the stack, and no page shows it better than its alert. */
export function placeOf({
  kind,
  backupId,
  planId,
}: Pick<Schemas['Condition'], 'kind' | 'backupId' | 'planId'>): Place | undefined {
  if (kind.startsWith('restore-')) return { at: 'restores', href: '/restores' };
  if (kind.startsWith('key-')) return { at: 'settings', href: '/settings' };
  if (backupId !== undefined) {
    const id = encodeURIComponent(backupId);
    const isRun = kind.startsWith('backup-') || kind === 'run-stuck';
    return isRun ? { at: 'run', href: `/runs/${id}` } : { at: 'point', href: `/points/${id}` };
  }
  return planId === undefined ? undefined : { at: 'plan', href: `/plans/${encodeURIComponent(planId)}` };
}
