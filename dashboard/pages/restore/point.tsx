/** Which recovery point: the newest proven one is chosen already; the others say what is known of them. */
import { type Schemas, useApi } from '../../api/use-api.ts';
import { useNow } from '../../app/now.ts';
import { useTimeZone } from '../../app/preferences.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Choices, TextField } from '../../kit/fields.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { ProofBadge } from '../../kit/state-badge.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { Pager } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import { dayBounds, preselected } from './journey.ts';
import { Next } from './next.tsx';
import styles from './restore.module.css';
import type { Subject } from './subject.ts';

type Point = Schemas['ListedBackup'];

/** More would push the way on out of a phone's sight. */
const pageRows = 8;

export function PointStep({ journey, subject }: { readonly journey: Journey; readonly subject: Subject }) {
  const text = useText('restore').point;
  const { address, choices, note, choose, goTo } = journey;
  const { plan = '', point } = choices;
  const { cursor, day } = address;
  const [zone] = useTimeZone();
  const span = day === undefined ? {} : dayBounds(day, zone === 'UTC');
  const ofPlan = { plan, status: 'completed' } as const;
  const points = useApi(
    '/v1/backups',
    { params: { query: { ...ofPlan, ...span, limit: pageRows, ...(cursor && { cursor }) } } },
    { keepPrevious: true },
  );
  // Asked on its own: it may be further back than the first page.
  const proven = useApi('/v1/backups', {
    params: { query: { ...ofPlan, verified: 'restored', limit: 1 } },
  });
  const { data: newest } = proven;
  const listed = points.data?.items ?? [];
  const offered =
    newest || proven.isError ? preselected(cursor || day ? [] : listed, newest?.items[0]) : undefined;
  const chosen = point ?? offered?.point.backupId;
  // What is chosen is on the page, whichever part of the list is.
  const apart = [subject.backup.data, newest?.items[0]].find(
    (each): each is Point => each?.backupId === chosen && !listed.some(({ backupId }) => backupId === chosen),
  );
  const isFiltered = day !== undefined;
  return (
    <>
      {offered?.isUnproven && !isFiltered && !cursor && (
        <Note state="warning" title={text.noneProven.title}>
          <p>{text.noneProven.text}</p>
        </Note>
      )}
      {offered && !offered.isUnproven && offered.newer > 0 && chosen === offered.point.backupId && (
        <Note state="info">
          <p>{text.newer(offered.newer)}</p>
        </Note>
      )}
      <div className={styles.narrow}>
        <TextField
          label={text.day}
          type="date"
          value={day ?? ''}
          onChange={(value) => note({ day: value, cursor: undefined })}
        />
        {isFiltered && (
          <Button onPress={() => note({ day: undefined, cursor: undefined })}>{text.allDays}</Button>
        )}
      </div>
      <Loaded of={points} lines={8}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 && <NoPoints {...{ plan, isFiltered, journey }} />}
            {(items.length > 0 || apart) && (
              <Choices
                label={text.label}
                value={chosen}
                onChange={(value) => choose({ point: value })}
                choices={[...(apart ? [apart] : []), ...items].map((each) => ({
                  value: each.backupId,
                  label: <PointName point={each} isOffered={each.backupId === offered?.point.backupId} />,
                  hint: <PointFacts point={each} />,
                }))}
              />
            )}
            <Pager
              next={nextCursor !== undefined}
              isFirst={cursor === undefined}
              onNext={() => note({ cursor: nextCursor })}
              onFirst={() => note({ cursor: undefined })}
            />
          </>
        )}
      </Loaded>
      <Next
        journey={journey}
        whyNot={chosen === undefined ? text.whyNot : undefined}
        onNext={() => goTo('what', point === undefined ? { point: chosen } : undefined)}
      />
    </>
  );
}

function NoPoints({
  plan,
  isFiltered,
  journey,
}: {
  readonly plan: string;
  readonly isFiltered: boolean;
  readonly journey: Journey;
}) {
  const text = useText('restore').point;
  if (isFiltered) return <Empty title={text.noneThatDay} />;
  return (
    <Empty title={text.none.title(plan)}>
      <p>{text.none.text}</p>
      <p>
        <Link to="/runs" search={{ plan } as never}>
          {text.none.runs}
        </Link>
      </p>
      <Button onPress={() => journey.goTo('plan')}>{text.none.other}</Button>
    </Empty>
  );
}

function PointName({ point, isOffered }: { readonly point: Point; readonly isOffered: boolean }) {
  const text = useText('restore').point;
  const format = useFormat();
  const now = useNow();
  return (
    <>
      <span>
        {format.dateTime(point.slot)} <span className="small">({format.relative(point.slot, now)})</span>
      </span>
      <ProofBadge verification={point.verification} />
      {isOffered && point.verification?.provenAt !== undefined && (
        <span className="small">{text.newestProven}</span>
      )}
    </>
  );
}

/** One line: what it is, how large, how it was proven, how long it stays. */
function PointFacts({ point }: { readonly point: Point }) {
  const text = useText('restore').point;
  const { tiers, triggers } = useText('common');
  const format = useFormat();
  const { verification, label, trigger, tier, sourceBytes, only, expiresAt, pin, missingSince } = point;
  const facts = [
    label === undefined ? undefined : `“${label}”`,
    trigger === 'schedule' ? tiers[tier] : triggers[trigger],
    sourceBytes === undefined ? undefined : format.bytes(sourceBytes),
    only && text.only(format.list(only)),
    verification?.provenAt && text.provenAt(format.dateTime(verification.provenAt)),
    verification && verification.status !== 'passed' ? verification.detail : undefined,
    missingSince && text.missing(format.dateTime(missingSince)),
    pin ? text.pinned : expiresAt && text.expires(format.dateTime(expiresAt)),
    point.backupId,
  ];
  return <>{facts.filter((fact) => fact !== undefined && fact !== '').join(' · ')}</>;
}
