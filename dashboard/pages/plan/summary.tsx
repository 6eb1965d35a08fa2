/** How a plan is, what it does, when it runs next, how it went, and what can be restored. */
import type { UseQueryResult } from '@tanstack/react-query';
import type { ApiProblem } from '../../api/problem.ts';
import type { Schemas } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Card, Columns, Facts } from '../../kit/card.tsx';
import { Code } from '../../kit/copy.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { RunBadge } from '../../kit/state-badge.tsx';
import { Loaded } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { useRetentionWords, useScheduleWords } from '../plans/words.ts';
import { History } from './history.tsx';
import { Newest } from './newest.tsx';
import styles from './plan.module.css';

type Row = Schemas['Plan'];
type Overview = Schemas['Overview'];

export function Summary({
  row,
  overview,
}: {
  readonly row: Row;
  readonly overview: UseQueryResult<Overview, ApiProblem>;
}) {
  const text = useText('plan');
  return (
    <>
      <Card title={text.health.title}>
        <Loaded of={overview} lines={4}>
          {(data) => <Health overview={data} />}
        </Loaded>
      </Card>
      <Columns>
        <Card title={text.next.title}>
          <NextRuns row={row} />
        </Card>
        <Card title={text.points.title}>
          <Newest planId={row.plan.id} />
        </Card>
      </Columns>
      <History planId={row.plan.id} days={overview.data?.plans[0]?.days} />
      <Card title={text.facts.title}>
        <PlanFacts row={row} />
      </Card>
    </>
  );
}

function Health({ overview }: { readonly overview: Overview }) {
  const text = useText('plan').health;
  const { none } = useText('common');
  const format = useFormat();
  const [line] = overview.plans;
  if (!line) return <p>{none}</p>;
  const { lastGood, proven, latest, running, targetSeconds, planId } = line;
  const conditions = overview.conditions.filter((each) => each.planId === planId);
  return (
    <>
      {conditions.length === 0 && line.state === 'well' && <Note state="well">{text.well}</Note>}
      {conditions.map(({ id, severity, why, next, since, backupId }) => (
        <Note key={id} state={severity} title={why}>
          <p>
            <strong>{text.next}</strong> {next}
          </p>
          <p className="small">
            {text.since} <When at={since} both />
            {backupId !== undefined && (
              <>
                {' · '}
                <Link to="/runs/$backupId" params={{ backupId }}>
                  {backupId}
                </Link>
              </>
            )}
          </p>
        </Note>
      ))}
      <Facts
        facts={[
          [
            text.lastGood,
            lastGood ? (
              <Link key="good" to="/points/$backupId" params={{ backupId: lastGood.backupId }}>
                <When at={lastGood.slot} both />
              </Link>
            ) : (
              text.noneGood
            ),
          ],
          [text.target, format.duration(targetSeconds)],
          [text.proven, proven && <When key="proven" at={proven.at} both />],
          [
            text.latest,
            latest && (
              <Link key="latest" to="/runs/$backupId" params={{ backupId: latest.backupId }}>
                <RunBadge status={latest.status} /> <When at={latest.at ?? latest.slot} />
              </Link>
            ),
          ],
          [
            text.running,
            running && (
              <Link key="running" to="/runs/$backupId" params={{ backupId: running.backupId }}>
                {running.step ?? running.backupId}
              </Link>
            ),
          ],
        ]}
      />
    </>
  );
}

function NextRuns({ row: { nextRuns, plan, paused } }: { readonly row: Row }) {
  const text = useText('plan').next;
  const words = useScheduleWords();
  const { timeZone } = plan.schedule;
  return (
    <>
      <p>{words(plan.schedule)}</p>
      {nextRuns.length === 0 ? (
        <p className="quiet">{!plan.enabled || !paused ? text.off : text.paused}</p>
      ) : (
        <>
          <ol className={styles.runs}>
            {nextRuns.map((at) => (
              <li key={at}>
                <When at={at} both zone={timeZone} />
              </li>
            ))}
          </ol>
          <p className="small">{text.zone(timeZone)}</p>
        </>
      )}
    </>
  );
}

function PlanFacts({ row }: { readonly row: Row }) {
  const text = useText('plan').facts;
  const { kinds } = useText('common');
  const format = useFormat();
  const scheduleWords = useScheduleWords();
  const retentionWords = useRetentionWords();
  const { plan, usage, revision, updatedAt, updatedBy } = row;
  const { targets, verification, notifications } = plan;
  const minutes = (value: number | undefined) =>
    value === undefined ? undefined : format.duration(value * 60);
  const told = [...notifications.recipients, ...notifications.channels.map(({ name }) => name)];
  return (
    <Facts
      facts={[
        [
          text.sources,
          <ul key="sources" className={styles.plain}>
            {plan.sources.map((source) => (
              <li key={source.name}>
                <Badge tone="quiet" icon="storage">
                  {kinds[source.kind as keyof typeof kinds] ?? source.kind}
                </Badge>{' '}
                {source.name} <span className="small">{placeOf(source)}</span>
              </li>
            ))}
          </ul>,
        ],
        [text.schedule, `${scheduleWords(plan.schedule)} (${plan.schedule.timeZone})`],
        [text.kept, retentionWords(plan.retention)],
        [text.verified, text.levels[verification.level]],
        [text.drill, text.drills[verification.drill]],
        [text.recoveryPoint, minutes(targets?.recoveryPointMinutes)],
        [text.recoveryTime, minutes(targets?.recoveryTimeMinutes)],
        [text.grace, minutes(plan.graceMinutes)],
        [text.quota, plan.quotaBytes === undefined ? undefined : format.bytes(plan.quotaBytes)],
        [
          text.stored,
          usage && text.storedValue(format.number(usage.backups), format.bytes(usage.storedBytes)),
        ],
        [
          text.vaults,
          plan.vaults.length === 0 ? undefined : format.list(plan.vaults.map(({ name }) => name)),
        ],
        [text.told, told.length === 0 ? undefined : format.list(told)],
        [
          text.changed,
          <span key="changed">
            <When at={updatedAt} /> {text.changedBy(updatedBy, format.number(revision))}
          </span>,
        ],
        [
          text.id,
          <Code key="id" copy>
            {plan.id}
          </Code>,
        ],
      ]}
    />
  );
}

/** What it is known by: the name of its secret, or where its files are. */
function placeOf(source: Row['plan']['sources'][number]): string {
  const place = source.secret ?? source.bucket ?? source.path;
  const prefix = typeof source.prefix === 'string' && source.secret === undefined ? `/${source.prefix}` : '';
  return typeof place === 'string' ? `${place}${prefix}` : '';
}
