/** What a plan promised and kept in the period: all plans in a table, then each by itself. */
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Card, Facts } from '../../kit/card.tsx';
import { Empty } from '../../kit/states.tsx';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import type { PlanEvidence } from './merge.ts';

export function PlansTable({ plans }: { readonly plans: readonly PlanEvidence[] }) {
  const text = useText('evidence').table;
  const { never } = useText('common');
  const format = useFormat();
  if (plans.length === 0)
    return (
      <Card title={text.title}>
        <Empty title={text.none} />
      </Card>
    );
  return (
    <Card title={text.title}>
      <Table
        label={text.title}
        rows={plans}
        keyOf={({ planId }) => planId}
        columns={[
          { id: 'plan', header: text.plan, heads: true, cell: ({ planId, name = planId }) => name },
          {
            id: 'expected',
            header: text.expected,
            align: 'end',
            cell: (plan) => format.number(plan.expectedRuns),
          },
          {
            id: 'completed',
            header: text.completed,
            align: 'end',
            cell: (plan) => format.number(plan.completed),
          },
          { id: 'failed', header: text.failed, align: 'end', cell: (plan) => format.number(plan.failed) },
          { id: 'missed', header: text.missed, align: 'end', cell: (plan) => format.number(plan.missed) },
          {
            id: 'success',
            header: text.success,
            align: 'end',
            cell: ({ successRate }) => (successRate === undefined ? '–' : format.percent(successRate)),
          },
          {
            id: 'proven',
            header: text.proven,
            cell: ({ lastProvenAt }) =>
              lastProvenAt === undefined ? (
                <Badge tone="warning" icon="unknown">
                  {never}
                </Badge>
              ) : (
                format.dateTime(lastProvenAt)
              ),
          },
        ]}
      />
    </Card>
  );
}

export function PlanSection({ plan }: { readonly plan: PlanEvidence }) {
  const text = useText('evidence').plan;
  const common = useText('common');
  const format = useFormat();
  const { planId, name = planId, policy, schedule, verification, targets, proofs, restores, alerts } = plan;
  const kept = Object.entries(policy).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0,
  );
  const units: Readonly<Record<string, (count: number) => string>> = text.units;
  return (
    <Card title={name} {...(!plan.enabled && { lead: text.off })}>
      <Facts
        facts={[
          [text.id, planId],
          [text.schedule, `${schedule.expression} (${schedule.timeZone})`],
          [text.interval, format.duration(schedule.intervalSeconds)],
          [
            text.policy,
            kept.length === 0
              ? undefined
              : format.list(kept.map(([unit, count]) => units[unit]?.(count) ?? `${unit} ${count}`)),
          ],
          [
            text.verification,
            text.verified(
              common.proofs[verification.level],
              text.often[verification.drill],
              text.often[verification.stored],
            ),
          ],
          [
            text.targets,
            targets &&
              [
                targets.recoveryPointMinutes !== undefined &&
                  text.pointTarget(format.duration(targets.recoveryPointMinutes * 60)),
                targets.recoveryTimeMinutes !== undefined &&
                  text.timeTarget(format.duration(targets.recoveryTimeMinutes * 60)),
              ]
                .filter(Boolean)
                .join(', '),
          ],
          [
            text.runs,
            text.counts(
              format.number(plan.expectedRuns),
              format.number(plan.completed),
              format.number(plan.failed),
              format.number(plan.missed),
            ),
          ],
          [text.success, plan.successRate === undefined ? text.nothingDue : format.percent(plan.successRate)],
          [
            text.proofs,
            text.proofCounts(
              format.number(proofs.restored),
              format.number(proofs.readable),
              format.number(proofs.failed),
            ),
          ],
          [text.proven, plan.lastProvenAt === undefined ? common.never : format.dateTime(plan.lastProvenAt)],
          [
            text.gap,
            plan.longestGapSeconds === undefined ? undefined : format.duration(plan.longestGapSeconds),
          ],
          [text.oldest, plan.oldestKeptSlot === undefined ? undefined : format.dateTime(plan.oldestKeptSlot)],
          [text.kept, `${format.number(plan.kept)} (${format.bytes(plan.storedBytes)})`],
          [
            text.restores,
            text.restoreCounts(format.number(restores.completed), format.number(restores.failed)),
          ],
          [
            text.alerts,
            text.alertCounts(format.number(alerts.raised), format.number(alerts.closed)) +
              (alerts.longestOpenSeconds === undefined
                ? ''
                : `, ${text.longestOpen(format.duration(alerts.longestOpenSeconds))}`),
          ],
        ]}
      />
    </Card>
  );
}
