/** What happened in the period, one by one: drills, restores, alerts, keys, deletions. Lists that were cut say by how many. */
import type { ReactNode } from 'react';
import { useFormat } from '../../format.ts';
import { Card } from '../../kit/card.tsx';
import { RunBadge, SeverityBadge } from '../../kit/state-badge.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { Outcome, useCounted } from '../drills/outcome.tsx';
import type { Evidence } from './merge.ts';

interface OfEvidence {
  readonly evidence: Evidence;
}

function List<T>({
  title,
  lead,
  none,
  rows,
  left,
  columns,
  keyOf,
}: {
  readonly title: string;
  readonly lead?: string;
  readonly none: string;
  readonly rows: readonly T[];
  readonly left: number;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
}): ReactNode {
  const text = useText('evidence');
  return (
    <Card title={title} {...(lead !== undefined && { lead })}>
      {rows.length === 0 ? (
        <p className="quiet">{none}</p>
      ) : (
        <Table label={title} rows={rows} columns={columns} keyOf={keyOf} />
      )}
      {left > 0 && <p className="small">{text.left(left)}</p>}
    </Card>
  );
}

export function Drills({ evidence: { drills, left } }: OfEvidence) {
  const text = useText('evidence').drills;
  const format = useFormat();
  const counted = useCounted();
  return (
    <List
      title={text.title}
      none={text.none}
      rows={drills}
      left={left.drills}
      keyOf={({ backupId, at }) => `${backupId} ${at}`}
      columns={[
        { id: 'plan', header: text.plan, heads: true, cell: ({ planId }) => planId },
        { id: 'at', header: text.at, cell: ({ at }) => format.dateTime(at) },
        { id: 'of', header: text.point, cell: ({ slot }) => format.dateTime(slot) },
        { id: 'outcome', header: text.outcome, cell: (drill) => <Outcome drill={drill} /> },
        {
          id: 'took',
          header: text.took,
          align: 'end',
          cell: ({ seconds, targetSeconds }) =>
            seconds === undefined
              ? '–'
              : `${format.duration(seconds)}${targetSeconds === undefined ? '' : ` / ${format.duration(targetSeconds)}`}`,
        },
        { id: 'compared', header: text.compared, cell: (drill) => counted(drill.counted) ?? '–' },
        {
          id: 'differences',
          header: text.differences,
          align: 'end',
          cell: ({ differences }) => (differences === undefined ? '–' : format.number(differences)),
        },
      ]}
    />
  );
}

export function Restores({ evidence: { restores, left } }: OfEvidence) {
  const text = useText('evidence').restores;
  const format = useFormat();
  const counted = useCounted();
  return (
    <List
      title={text.title}
      none={text.none}
      rows={restores}
      left={left.restores}
      keyOf={({ restoreId }) => restoreId}
      columns={[
        { id: 'plan', header: text.plan, heads: true, cell: ({ planId }) => planId },
        { id: 'at', header: text.ordered, cell: ({ createdAt }) => format.dateTime(createdAt) },
        {
          id: 'ended',
          header: text.ended,
          cell: ({ completedAt }) => (completedAt === undefined ? '–' : format.dateTime(completedAt)),
        },
        { id: 'by', header: text.by, cell: ({ createdBy }) => createdBy },
        { id: 'status', header: text.status, cell: ({ status }) => <RunBadge status={status} /> },
        {
          id: 'compared',
          header: text.compared,
          cell: ({ compared }) => counted(compared) ?? text.notCompared,
        },
      ]}
    />
  );
}

export function Alerts({ evidence: { alerts, left, at } }: OfEvidence) {
  const text = useText('evidence').alerts;
  const format = useFormat();
  const open = (since: string, until: string) =>
    format.duration(Math.max(0, (Date.parse(until) - Date.parse(since)) / 1000));
  return (
    <List
      title={text.title}
      none={text.none}
      rows={alerts}
      left={left.alerts}
      keyOf={({ conditionId, since }) => `${conditionId} ${since}`}
      columns={[
        { id: 'what', header: text.what, heads: true, cell: ({ kind }) => kind },
        {
          id: 'severity',
          header: text.severity,
          cell: ({ severity }) => <SeverityBadge severity={severity} />,
        },
        { id: 'plan', header: text.plan, cell: ({ planId }) => planId ?? text.stack },
        { id: 'since', header: text.since, cell: ({ since }) => format.dateTime(since) },
        {
          id: 'closed',
          header: text.closed,
          cell: ({ closedAt }) => (closedAt === undefined ? text.stillOpen : format.dateTime(closedAt)),
        },
        {
          id: 'open',
          header: text.open,
          align: 'end',
          cell: ({ since, closedAt }) => open(since, closedAt ?? at),
        },
      ]}
    />
  );
}

export function Keys({ evidence: { keys } }: OfEvidence) {
  const text = useText('evidence').keys;
  const { never } = useText('common');
  const format = useFormat();
  const time = (at: string | undefined) => (at === undefined ? never : format.dateTime(at));
  return (
    <List
      title={text.title}
      lead={text.lead}
      none={text.none}
      rows={keys}
      left={0}
      keyOf={({ id }) => id}
      columns={[
        { id: 'key', header: text.key, heads: true, cell: ({ id }) => <code>{id}</code> },
        { id: 'exported', header: text.exported, cell: ({ exportedAt }) => time(exportedAt) },
        { id: 'proven', header: text.proven, cell: ({ provenAt }) => time(provenAt) },
      ]}
    />
  );
}

/** For administrators: others are told that it is not theirs to see. */
export function Deletions({ evidence: { deletions, left } }: OfEvidence) {
  const text = useText('evidence').deletions;
  const { results } = useText('audit');
  const format = useFormat();
  if (!deletions)
    return (
      <Card title={text.title}>
        <p className="quiet">{text.forAdmins}</p>
      </Card>
    );
  return (
    <List
      title={text.title}
      none={text.none}
      rows={deletions}
      left={left.deletions}
      keyOf={({ at, target, action }) => `${at} ${action} ${target}`}
      columns={[
        { id: 'at', header: text.at, heads: true, cell: ({ at }) => format.dateTime(at) },
        { id: 'by', header: text.by, cell: ({ by }) => by },
        { id: 'what', header: text.what, cell: ({ action, target }) => `${action} ${target}` },
        { id: 'result', header: text.result, cell: ({ result }) => results[result ?? 'unknown'] },
      ]}
    />
  );
}
