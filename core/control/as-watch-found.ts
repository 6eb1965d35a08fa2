/** What is open on the list of alerts, as a condition: what only watch, or whoever it happened to, could find. */
import type { Condition } from '../alerts.ts';
import type { AlertRow } from '../ports/catalog.ts';

export function asFound({ conditionId, kind, severity, planId, backupId, text, since }: AlertRow): Condition {
  return {
    id: conditionId,
    kind: kind as Condition['kind'],
    severity,
    planId,
    backupId,
    why: text,
    next: `As watch found it: docs/troubleshooting.md#${kind}`,
    since,
  };
}
