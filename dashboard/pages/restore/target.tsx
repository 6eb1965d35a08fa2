/**
 * Where it goes. A new place is chosen already; over what is there is another choice, said as such. Before it goes on the
 * API has looked at what was asked for, so that what is wrong is said at its field.
 */
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useSignedIn } from '../../app/session-context.ts';
import { Checkbox, Choices, Select, TextArea, TextField } from '../../kit/fields.tsx';
import { Note } from '../../kit/note.tsx';
import { ActProblem, Loading } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import { dryRun, dryRunKey } from './asked.ts';
import { type Kind, type Way, wishOf } from './choices.ts';
import { Next } from './next.tsx';
import styles from './restore.module.css';
import type { Subject } from './subject.ts';

/** What is typed; in the address once it is left. */
type Draft = Readonly<Record<'database' | 'secret' | 'place' | 'roles', string>>;

/** PostgreSQL restores a whole database or makes a new one: into one that is there it does not write. */
const waysOf: Readonly<Record<Kind | 'other', readonly Way[]>> = {
  postgres: ['beside', 'replace'],
  mongodb: ['beside', 'into', 'replace'],
  files: ['beside', 'into', 'replace'],
  other: ['beside', 'replace'],
};

export function TargetStep({ journey, subject }: { readonly journey: Journey; readonly subject: Subject }) {
  const text = useText('restore').target;
  const { me } = useSignedIn();
  const { choices, choose, goTo } = journey;
  const { to = 'beside', part, without = false } = { ...choices, ...journey.address };
  const { kind, isLooking } = subject;
  const [draft, setDraft] = useState<Draft>({
    database: choices.database ?? '',
    secret: choices.secret ?? '',
    place: choices.place ?? '',
    roles: choices.roles ?? '',
  });
  const api = useClient();
  const queries = useQueryClient();
  const act = useAct();
  const words = text.ways[kind ?? 'other'];
  const issueOf = (field: string) =>
    act.problem?.issues.find((each) => each.field === field || each.field.startsWith(`${field}.`))?.allowed;
  const issues = act.problem?.issues ?? [];
  const isAtItsField =
    issues.length > 0 && issues.every(({ field }) => shownFields.includes(field.split('.')[1] ?? ''));

  const leave = () => changed(draft, choices) && choose(changeOf(draft));
  const field = (name: keyof Draft) => ({
    value: draft[name],
    onChange: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const choosesWay = (way: Way) => {
    act.reset();
    // The name that it has is the one that is meant, most of the time; it is typed once more before anything goes.
    const database =
      way === 'beside' ? '' : draft.database === '' ? (subject.database ?? '') : draft.database;
    const next = kind === 'files' ? draft : { ...draft, database };
    setDraft(next);
    choose({ ...changeOf(next), to: way === 'beside' ? undefined : way });
  };
  const onNext = async () => {
    const final = { ...choices, ...changeOf(draft) };
    const asked = { backupId: choices.point ?? '', wish: wishOf(final, kind), without };
    const preview = await act.run(() => dryRun(api, asked));
    if (!preview) return;
    queries.setQueryData(dryRunKey(asked), preview);
    goTo('check', changed(draft, choices) ? changeOf(draft) : undefined);
  };
  const missing = missingOf(kind, to, draft);

  if (isLooking) return <Loading lines={4} />;
  return (
    <form className="form" onBlur={leave} onSubmit={(event) => event.preventDefault()}>
      <Choices
        label={text.label}
        value={to}
        onChange={choosesWay}
        choices={waysOf[kind ?? 'other'].map((way) => ({
          value: way,
          label: words[way].label,
          hint: words[way].hint,
          ...(way === 'replace' && kind === 'postgres' && part === 'some' && { whyNot: text.wholeOnly }),
        }))}
      />
      {to !== 'beside' && (
        <Note state="warning" title={text.over.title}>
          <p>{me.role === 'admin' ? text.over.text : text.over.needsAdmin}</p>
        </Note>
      )}
      {(kind === 'postgres' || kind === 'mongodb') && (
        <>
          <TextField
            label={to === 'beside' ? text.database.fresh : text.database.there}
            hint={to === 'beside' ? text.database.freshHint : text.database.thereHint[kind]}
            error={issueOf('options.database')}
            required={to !== 'beside' && !(kind === 'mongodb' && to === 'replace')}
            autoComplete="off"
            {...field('database')}
          />
          <TextField
            label={text.secret.label}
            hint={text.secret.hint}
            error={issueOf('options.secret')}
            autoComplete="off"
            {...field('secret')}
          />
        </>
      )}
      {kind === 'files' && to !== 'replace' && (
        <TextField
          label={text.place.label}
          hint={to === 'into' ? text.place.thereHint : text.place.freshHint}
          error={issueOf('options.to')}
          required={to === 'into'}
          autoComplete="off"
          {...field('place')}
        />
      )}
      <MoreChoices
        {...{ journey, subject, rolesField: field('roles'), rolesError: issueOf('options.roleMap') }}
      />
      {!isAtItsField && <ActProblem act={act} />}
      <Next
        journey={journey}
        needs="operator"
        whyNot={missing === undefined ? undefined : text.missing[missing]}
        running={act.running}
        onNext={() => void onNext()}
      />
    </form>
  );
}

/** Fields of `options` that have a field here: what is wrong with them is said there. */
const shownFields = ['database', 'secret', 'to', 'roleMap'];

const changeOf = (draft: Draft): Partial<Draft> =>
  Object.fromEntries(
    Object.entries(draft).map(([name, value]) => [name, value.trim() === '' ? undefined : value.trim()]),
  );
const changed = (draft: Draft, choices: Journey['choices']) =>
  (Object.keys(draft) as (keyof Draft)[]).some((name) => draft[name].trim() !== (choices[name] ?? ''));

function missingOf(
  kind: Kind | undefined,
  to: Way,
  { database, place }: Draft,
): 'database' | 'place' | undefined {
  if (to === 'beside') return undefined;
  if (kind === 'files') return to === 'into' && place.trim() === '' ? 'place' : undefined;
  const isNeeded = kind === 'postgres' || (kind === 'mongodb' && to === 'into');
  return isNeeded && database.trim() === '' ? 'database' : undefined;
}

/** What most restores never need. */
function MoreChoices({
  journey,
  subject,
  rolesField,
  rolesError,
}: {
  readonly journey: Journey;
  readonly subject: Subject;
  readonly rolesField: { readonly value: string; readonly onChange: (value: string) => void };
  readonly rolesError: string | undefined;
}) {
  const text = useText('restore').target.more;
  const { choices, choose } = journey;
  const { kind, copies } = subject;
  const { from = 'vault', speed, users, roles, createRoles, noOwner, uncompared } = choices;
  const isOpen = [users, roles, createRoles, noOwner, uncompared, speed].some((each) => each !== undefined);
  const onOff = (name: 'users' | 'createRoles' | 'noOwner' | 'uncompared') => ({
    checked: choices[name] === true,
    onChange: (on: boolean) => choose({ [name]: on || undefined }),
  });
  const further = copies.map((name) => ({ value: `vault:${name}`, label: text.from.further(name) }));
  return (
    <details
      className={styles.more}
      open={isOpen || from !== 'vault' || rolesError !== undefined || undefined}
    >
      <summary>{text.title}</summary>
      <div className="form">
        {kind === 'postgres' && (
          <>
            <TextArea
              label={text.roles.label}
              hint={text.roles.hint}
              error={rolesError}
              rows={2}
              {...rolesField}
            />
            <Checkbox label={text.createRoles.label} hint={text.createRoles.hint} {...onOff('createRoles')} />
            <Checkbox label={text.noOwner.label} hint={text.noOwner.hint} {...onOff('noOwner')} />
          </>
        )}
        {kind === 'mongodb' && (
          <Checkbox label={text.users.label} hint={text.users.hint} {...onOff('users')} />
        )}
        <Select
          label={text.from.label}
          value={from}
          onChange={(value) => choose({ from: value === 'vault' ? undefined : value })}
          options={[
            { value: 'vault', label: text.from.vault },
            { value: 'replica', label: text.from.replica },
            ...further,
          ]}
        />
        <Checkbox
          label={text.bulk.label}
          hint={text.bulk.hint}
          checked={speed === 'bulk'}
          onChange={(on) => choose({ speed: on ? 'bulk' : undefined })}
        />
        <Checkbox label={text.uncompared.label} hint={text.uncompared.hint} {...onOff('uncompared')} />
      </div>
    </details>
  );
}
