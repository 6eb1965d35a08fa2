/** When a plan runs: the usual ways by choice, all others as they are written; the next runs as the server reckons them. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import type { ApiProblem } from '../../api/problem.ts';
import { type Schemas, useClient } from '../../api/use-api.ts';
import { useWhyNot } from '../../app/session-context.ts';
import { Checkbox, Select, TextField } from '../../kit/fields.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import {
  hourSteps,
  type Preset,
  type PresetKind,
  presetKinds,
  presetOf,
  type ScheduleText,
  scheduleOf,
  turnedTo,
} from '../plans/schedule.ts';
import { useScheduleWords, useWeekdays } from '../plans/words.ts';
import { isFields } from './draft.ts';
import { errorAt, useEdit } from './edit.ts';
import styles from './plan-edit.module.css';

export function Schedule() {
  const text = useText('planEdit').schedule;
  const { draft, set, issues } = useEdit();
  const schedule = scheduleIn(draft.schedule);
  const [chosen, setChosen] = useState<PresetKind>();
  const meant = presetOf(schedule);
  // "As cron" stays chosen while what is typed happens to be one of the usual ways.
  const shown: Preset =
    chosen === 'cron' && schedule.cron !== undefined ? { kind: 'cron', text: schedule.cron } : meant;
  const { timeZone = 'UTC' } = schedule;
  const change = (preset: Preset) => set('schedule', scheduleOf(preset, schedule.timeZone));
  const runs = useNextRuns(schedule, draft);
  const error =
    runs.error?.issues.find(({ field }) => field.startsWith('schedule'))?.allowed ??
    errorAt(issues, 'schedule');
  return (
    <>
      <div className={styles.row}>
        <Select
          label={text.how}
          value={shown.kind}
          onChange={(kind) => {
            setChosen(kind);
            change(turnedTo(kind, schedule));
          }}
          options={presetKinds.map((value) => ({ value, label: text.kinds[value] }))}
        />
        <PresetFields preset={shown} onChange={change} error={error} />
        <TimeZone value={timeZone} onChange={(zone) => set('schedule', { ...schedule, timeZone: zone })} />
      </div>
      <NextRuns runs={runs} schedule={schedule} zone={timeZone} />
    </>
  );
}

const scheduleIn = (value: unknown): ScheduleText =>
  isFields(value) ? (value as ScheduleText) : { cron: '0 2 * * *', timeZone: 'UTC' };

function PresetFields({
  preset,
  onChange,
  error,
}: {
  readonly preset: Preset;
  readonly onChange: (preset: Preset) => void;
  readonly error: string | undefined;
}) {
  const text = useText('planEdit').schedule;
  const weekdays = useWeekdays();
  if ('text' in preset) {
    return (
      <TextField
        label={text.texts[preset.kind]}
        hint={text.hints[preset.kind]}
        value={preset.text}
        onChange={(next) => onChange({ kind: preset.kind, text: next })}
        error={error}
        autoComplete="off"
        required
      />
    );
  }
  if (preset.kind === 'hourly' || preset.kind === 'everyHours') {
    return (
      <>
        {preset.kind === 'everyHours' && (
          <Select
            label={text.hours}
            value={String(preset.hours)}
            onChange={(next) => onChange({ ...preset, hours: Number(next) })}
            options={hourSteps.map((each) => ({ value: String(each), label: String(each) }))}
          />
        )}
        <TextField
          label={text.minute}
          type="number"
          min={0}
          max={59}
          value={String(preset.minute)}
          onChange={(next) => onChange({ ...preset, minute: minuteOf(next) })}
          error={error}
        />
      </>
    );
  }
  return (
    <>
      <TextField
        label={text.time}
        type="time"
        value={preset.time}
        // A field for a time is empty while it is half typed.
        onChange={(next) => next !== '' && onChange({ ...preset, time: next.slice(0, 5) })}
        error={error}
      />
      {preset.kind === 'weekly' && (
        <fieldset className={styles.days}>
          <legend>{text.days}</legend>
          {weekdays.map(([day, name]) => {
            const isOn = preset.days.includes(day);
            return (
              <Checkbox
                key={day}
                label={name}
                checked={isOn}
                // One day at least.
                disabled={isOn && preset.days.length === 1}
                onChange={(on) =>
                  onChange({
                    ...preset,
                    days: on ? [...preset.days, day] : preset.days.filter((each) => each !== day),
                  })
                }
              />
            );
          })}
        </fieldset>
      )}
    </>
  );
}

const minuteOf = (typed: string) => Math.min(59, Math.max(0, Math.trunc(Number(typed)) || 0));

function TimeZone({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (zone: string) => void;
}) {
  const text = useText('planEdit').schedule;
  const zones = useMemo(() => {
    const known = Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC');
    return ['UTC', ...(known.includes(value) || value === 'UTC' ? known : [value, ...known])];
  }, [value]);
  return (
    <Select
      label={text.timeZone}
      hint={text.timeZoneHint}
      value={value}
      onChange={onChange}
      options={zones.map((zone) => ({ value: zone, label: zone }))}
    />
  );
}

const askedAfterMs = 500;
const nobodys = 'new-plan';

/**
 * Of the schedule alone, so that they are there before all else is filled in: asked as a dry run of a plan that has
 * nothing else. The id is the plan's own where there is one: a rate counts from when it was made.
 */
function useNextRuns(schedule: ScheduleText, { id }: Readonly<Record<string, unknown>>) {
  const api = useClient();
  const { isNew } = useEdit();
  const mayNot = useWhyNot('admin');
  const settled = useSettled(JSON.stringify(schedule));
  const planId = isNew || typeof id !== 'string' ? nobodys : id;
  return useQuery<Schemas['PlanPreview'], ApiProblem>({
    queryKey: ['next runs of a schedule', planId, settled],
    enabled: mayNot === undefined,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) => {
      const { data } = await api.POST('/v1/plans', {
        params: { query: { dryRun: 'true' } },
        body: {
          id: planId,
          sources: [{ kind: 'files', name: 'main', bucket: 'any' }],
          schedule: JSON.parse(settled) as Schemas['PlanInputInput']['schedule'],
        } as Schemas['PlanInputInput'],
        signal,
      });
      return data as Schemas['PlanPreview'];
    },
  });
}

/** What it is once nobody has changed it for a moment. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), askedAfterMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function NextRuns({
  runs,
  schedule,
  zone,
}: {
  readonly runs: ReturnType<typeof useNextRuns>;
  readonly schedule: ScheduleText;
  readonly zone: string;
}) {
  const text = useText('planEdit').schedule;
  const words = useScheduleWords();
  const mayNot = useWhyNot('admin');
  const [next] = runs.data?.nextRuns ?? [];
  return (
    <section aria-label={text.next(zone)}>
      <h3>{text.next(zone)}</h3>
      {mayNot !== undefined && <p className="small">{mayNot}</p>}
      {runs.error && !runs.error.issues.length && (
        <p className="field-error" role="alert">
          {runs.error.message}
        </p>
      )}
      {runs.error && runs.error.issues.length > 0 && <p className="quiet">{text.noRuns}</p>}
      {!runs.error && next !== undefined && (
        <>
          <p className="small">{words(schedule)}</p>
          <ol className={styles.runs} aria-busy={runs.isFetching}>
            {runs.data?.nextRuns.map((at) => (
              <li key={at}>
                <When at={at} both zone={zone} />
              </li>
            ))}
          </ol>
        </>
      )}
      {schedule.rate !== undefined && <p className="small">{text.rateNote}</p>}
    </section>
  );
}
