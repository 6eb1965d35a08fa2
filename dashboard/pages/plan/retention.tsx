/**
 * What a policy would keep of the backups that there are: numbers to try in place, the days as a calendar, and each day's
 * recovery points with the reason. Asked of the API, which decides it as cleanup does; nothing is changed.
 */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { ApiProblem } from '../../api/problem.ts';
import { type Schemas, useClient } from '../../api/use-api.ts';
import { day as dayReader, useAddress } from '../../app/address.ts';
import { useTyped } from '../../app/typed.ts';
import { Calendar } from '../../charts/calendar.tsx';
import { type Format, useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Card } from '../../kit/card.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { changeOf, count, type KeptDay, keptDays, type Line, type NumberName, numbers } from './kept-days.ts';
import { Legend } from './legend.tsx';
import { useLineWords } from './line-words.ts';
import styles from './plan.module.css';

type Preview = Schemas['RetentionPreview'];

const readers = {
  hourly: count,
  daily: count,
  weekly: count,
  monthly: count,
  yearly: count,
  days: count,
  manualDays: count,
  day: dayReader,
};

export default function KeptTab({ row: { plan } }: { readonly row: Schemas['Plan'] }) {
  const text = useText('plan').retention;
  const [{ day, ...tried }, go] = useAddress(readers);
  const change = changeOf(tried, plan.retention);
  const preview = usePreview(plan.id, change);
  const isChanged = Object.keys(change).length > 0;
  return (
    <Card title={text.title} lead={text.lead}>
      <fieldset className={styles.numbers}>
        <legend>{text.numbers}</legend>
        {numbers.map((name) => (
          <NumberToTry
            key={name}
            name={name}
            own={plan.retention[name]}
            tried={tried[name]}
            onTry={(value) => go({ [name]: value })}
            error={preview.error?.issues.find(({ field }) => field.endsWith(name))?.allowed}
          />
        ))}
      </fieldset>
      {isChanged ? (
        <div className="actions">
          <button
            type="button"
            className="button button-small"
            onClick={() => go(Object.fromEntries(numbers.map((name) => [name, undefined])))}
          >
            {text.reset}
          </button>
          <Link
            to="/plans/$planId/edit"
            params={{ planId: plan.id }}
            search={
              Object.fromEntries(
                Object.entries(change).map(([name, value]) => [name, String(value)]),
              ) as never
            }
            className="button button-small"
          >
            {text.apply}
          </Link>
        </div>
      ) : (
        <p className="small">{text.unchanged}</p>
      )}
      <Loaded of={preview} lines={8}>
        {(data) => (
          <div className={preview.isPlaceholderData ? styles.busy : undefined}>
            <Kept
              preview={data}
              zone={plan.schedule.timeZone}
              day={day}
              onDay={(next) => go({ day: next })}
            />
          </div>
        )}
      </Loaded>
    </Card>
  );
}

/** The numbers are in the address; what is typed is there a moment later. */
function NumberToTry({
  name,
  own,
  tried,
  onTry,
  error,
}: {
  readonly name: NumberName;
  readonly own: number;
  readonly tried: string | undefined;
  readonly onTry: (value: string | undefined) => void;
  readonly error: string | undefined;
}) {
  const text = useText('plan').retention;
  const write = useCallback(
    (value: string | undefined) => {
      // While nothing stands there, another number is on its way.
      if (value !== undefined) onTry(value === String(own) ? undefined : value);
    },
    [onTry, own],
  );
  const [typed, setTyped] = useTyped(tried ?? String(own), write);
  return (
    <TextField
      label={text.labels[name]}
      hint={text.now(String(own))}
      type="number"
      inputMode="numeric"
      min={name === 'manualDays' ? 1 : 0}
      value={typed}
      onChange={setTyped}
      error={error}
    />
  );
}

function usePreview(planId: string, change: Partial<Record<NumberName, number>>) {
  const api = useClient();
  return useQuery<Preview, ApiProblem>({
    queryKey: ['/v1/retention/preview', planId, change],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { data } = await api.POST('/v1/retention/preview', {
        body: { plan: planId, retention: change },
        signal,
      });
      return data as Preview;
    },
  });
}

function Kept({
  preview,
  zone,
  day,
  onDay,
}: {
  readonly preview: Preview;
  readonly zone: string;
  readonly day: string | undefined;
  readonly onDay: (day: string) => void;
}) {
  const text = useText('plan').retention;
  const format = useFormat();
  const saysOf = useDayWords(zone);
  const { lines, totals, linesLeft, whole } = preview;
  const days = useMemo(() => keptDays(lines, zone, new Date()), [lines, zone]);
  const shown = useMemo(
    () => days.map((each) => ({ day: each.day, state: each.state, says: saysOf(each) })),
    [days, saysOf],
  );
  const open = days.find((each) => each.day === day);
  if (lines.length === 0) {
    return (
      <Empty title={text.none}>
        <p>{text.noneText}</p>
      </Empty>
    );
  }
  const summed = (points: number, bytes: number) => text.count(text.points(points), format.bytes(bytes));
  return (
    <div className="form">
      <div className={styles.totals}>
        <div>
          <Badge tone="well">{text.stay}</Badge>
          <strong>{summed(totals.kept, totals.keptBytes)}</strong>
        </div>
        <div>
          <Badge
            tone={totals.expired > 0 ? 'critical' : 'quiet'}
            icon={totals.expired > 0 ? 'critical' : 'well'}
          >
            {text.go}
          </Badge>
          <strong>{summed(totals.expired, totals.expiredBytes)}</strong>
        </div>
        <p className="visually-hidden" role="status">
          {text.updated(totals.kept, totals.expired)}
        </p>
      </div>
      <div>
        <h3>{text.calendar(zone)}</h3>
        <p className="small">{text.calendarLead}</p>
        <Calendar
          key={days[0]?.day}
          label={text.calendar(zone)}
          days={shown}
          onOpen={onDay}
          legend={
            <Legend
              states={(['well', 'mixed', 'expire', 'none'] as const).map((state) => [
                state,
                text.legend[state],
              ])}
            />
          }
        />
      </div>
      {open && open.lines.length > 0 && <OfDay open={open} zone={zone} />}
      <Tiers preview={preview} />
      {linesLeft > 0 && <p className="small">{text.left(format.number(linesLeft))}</p>}
      {!whole && <Note state="info">{text.notWhole}</Note>}
    </div>
  );
}

/** With its year where that is another one: a history may be of many. */
function dayName(day: string, format: Format): string {
  const year = day.slice(0, 4);
  return year === String(new Date().getFullYear()) ? format.day(day) : `${format.day(day)} ${year}`;
}

/** Spoken of one by one in a cell; the list below has all of them. */
const mostSpoken = 4;

function useDayWords(zone: string): (day: KeptDay) => string {
  const text = useText('plan').retention;
  const { tiers } = useText('common');
  const format = useFormat();
  const whyOf = useLineWords();
  return useCallback(
    ({ day, lines, stay, go }) => {
      const name = dayName(day, format);
      if (lines.length === 0) return text.day(name, text.dayNone);
      const counts = [...(stay > 0 ? [text.dayStays(stay)] : []), ...(go > 0 ? [text.dayGoes(go)] : [])];
      const each = lines
        .slice(0, mostSpoken)
        .map((line) =>
          text.line(tiers[line.tier], format.dateTime(line.slot, zone), line.verdict, whyOf(line)),
        );
      const left = lines.length - each.length;
      return text.day(
        name,
        [format.list(counts), ...each, ...(left > 0 ? [text.dayMore(left)] : [])].join('; '),
      );
    },
    [text, tiers, format, whyOf, zone],
  );
}

function OfDay({ open, zone }: { readonly open: KeptDay; readonly zone: string }) {
  const text = useText('plan').retention;
  const { tiers } = useText('common');
  const format = useFormat();
  const whyOf = useLineWords();
  const until = (iso: string | undefined) => (iso === undefined ? '–' : format.dateTime(iso, zone));
  const columns: readonly Column<Line>[] = [
    {
      id: 'point',
      header: text.point,
      heads: true,
      cell: ({ backupId, slot }) => (
        <Link to="/points/$backupId" params={{ backupId }}>
          {format.dateTime(slot, zone)}
        </Link>
      ),
    },
    {
      id: 'verdict',
      header: text.verdict,
      cell: ({ verdict }) => (
        <Badge tone={verdict === 'keep' ? 'well' : 'critical'}>{text.verdicts[verdict]}</Badge>
      ),
    },
    { id: 'why', header: text.why, cell: (line) => whyOf(line) },
    { id: 'tier', header: text.tier, cell: ({ tier }) => tiers[tier] },
    { id: 'until', header: text.until, cell: ({ expiresThen }) => until(expiresThen) },
    { id: 'before', header: text.before, detail: true, cell: ({ expiresNow }) => until(expiresNow) },
    {
      id: 'stored',
      header: text.stored,
      align: 'end',
      cell: ({ storedBytes }) => (storedBytes === undefined ? '–' : format.bytes(storedBytes)),
    },
  ];
  return (
    <div>
      <h3>{text.ofDay(dayName(open.day, format))}</h3>
      <Table
        label={text.ofDay(dayName(open.day, format))}
        columns={columns}
        rows={open.lines}
        keyOf={({ backupId }) => backupId}
        toneOf={({ verdict }) => (verdict === 'expire' ? 'critical' : undefined)}
      />
    </div>
  );
}

function Tiers({ preview: { tiers } }: { readonly preview: Preview }) {
  const text = useText('plan').retention;
  const names = useText('common').tiers;
  const format = useFormat();
  const columns: readonly Column<Preview['tiers'][number]>[] = [
    { id: 'tier', header: text.tier, heads: true, cell: ({ tier }) => names[tier] },
    {
      id: 'stay',
      header: text.stay,
      align: 'end',
      cell: ({ kept, keptBytes }) => text.count(format.number(kept), format.bytes(keptBytes)),
    },
    {
      id: 'go',
      header: text.go,
      align: 'end',
      cell: ({ expired, expiredBytes }) => text.count(format.number(expired), format.bytes(expiredBytes)),
    },
  ];
  return (
    <div>
      <h3>{text.tiers}</h3>
      <Table label={text.tiers} columns={columns} rows={tiers} keyOf={({ tier }) => tier} />
    </div>
  );
}
