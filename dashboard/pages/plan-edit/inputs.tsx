/** Fields of the form that are bound to a place in the plan. What is emptied is taken out, and then is as by default. */
import { useState } from 'react';
import { Checkbox, Select, TextArea, TextField } from '../../kit/fields.tsx';
import { useText } from '../../text/text.ts';
import { at } from './draft.ts';
import { errorAt, useEdit } from './edit.ts';
import { type ByteUnit, byteUnits, type ListForm, linesOf, listOf, unitBytes, unitFor } from './lines.ts';
import styles from './plan-edit.module.css';

interface Bound {
  readonly path: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

/** Kit fields want no `undefined` where they have nothing. */
const hinted = (hint: string | undefined) => (hint === undefined ? {} : { hint });

function useBound(path: string) {
  const { draft, set, issues } = useEdit();
  return { value: at(draft, path), set: (next: unknown) => set(path, next), error: errorAt(issues, path) };
}

export function TextAt({
  path,
  label,
  hint,
  required = false,
  placeholder,
  type = 'text',
}: Bound & {
  readonly required?: boolean;
  readonly placeholder?: string;
  readonly type?: 'text' | 'url';
}) {
  const { value, set, error } = useBound(path);
  return (
    <TextField
      {...{
        label,
        type,
        error,
        required,
        ...hinted(hint),
        ...(placeholder !== undefined && { placeholder }),
      }}
      value={value === undefined ? '' : String(value)}
      onChange={(next) => set(next === '' && !required ? undefined : next)}
      autoComplete="off"
    />
  );
}

export function NumberAt({
  path,
  label,
  hint,
  min,
  max,
}: Bound & { readonly min: number; readonly max?: number | undefined }) {
  const { value, set, error } = useBound(path);
  return (
    <TextField
      {...{ label, error, min, ...hinted(hint), ...(max !== undefined && { max }) }}
      type="number"
      inputMode="numeric"
      value={value === undefined ? '' : String(value)}
      onChange={(next) => set(next === '' ? undefined : Number(next))}
    />
  );
}

export function BytesAt({ path, label, hint }: Bound) {
  const text = useText('planEdit');
  const { value, set, error } = useBound(path);
  const bytes = typeof value === 'number' ? value : undefined;
  const [chosen, setChosen] = useState<ByteUnit>();
  const unit = chosen ?? unitFor(bytes);
  return (
    <div className={styles.pair}>
      <TextField
        {...{ label, error, min: 0, ...hinted(hint) }}
        type="number"
        value={bytes === undefined ? '' : String(bytes / unitBytes(unit))}
        onChange={(next) => set(next === '' ? undefined : Math.round(Number(next) * unitBytes(unit)))}
      />
      <Select
        label={text.unit}
        value={unit}
        onChange={(next) => {
          // The number stays, what it counts is another.
          if (bytes !== undefined) set(Math.round((bytes / unitBytes(unit)) * unitBytes(next)));
          setChosen(next);
        }}
        options={byteUnits.map((each) => ({ value: each, label: each }))}
      />
    </div>
  );
}

export function FlagAt({
  path,
  label,
  hint,
  byDefault = false,
}: Bound & {
  /** What it is where the plan says nothing. */
  readonly byDefault?: boolean;
}) {
  const { value = byDefault, set } = useBound(path);
  return <Checkbox {...{ label, ...hinted(hint) }} checked={value === true} onChange={set} />;
}

export function ChoiceAt({
  path,
  label,
  hint,
  values,
  names = {},
}: Bound & {
  /** The first is what it is without one. */
  readonly values: readonly string[];
  readonly names?: Readonly<Record<string, string>>;
}) {
  const { value, set, error } = useBound(path);
  const current = value === undefined ? (values[0] ?? '') : String(value);
  const all = values.includes(current) ? values : [...values, current];
  return (
    <Select
      {...{ label, error, ...hinted(hint) }}
      value={current}
      onChange={(next) => set(next === '' ? undefined : next)}
      options={all.map((each) => ({ value: each, label: names[each] ?? each }))}
    />
  );
}

/** One of the list a line. What cannot be written so is left to the file. */
export function LinesAt({ path, label, hint, of = 'names' }: Bound & { readonly of?: ListForm }) {
  const text = useText('planEdit');
  const { value, set, error } = useBound(path);
  const written = linesOf(of, value);
  const [typed, setTyped] = useState(written ?? '');
  if (written === undefined) return <p className="small">{text.onlyAsFile(label)}</p>;
  // Half a line is not in the list yet; what came from elsewhere is.
  const isOwn = JSON.stringify(listOf(of, typed)) === JSON.stringify(value ?? []);
  return (
    <TextArea
      {...{ label, error, ...hinted(hint) }}
      rows={3}
      value={isOwn ? typed : written}
      onChange={(next) => {
        setTyped(next);
        set(listOf(of, next));
      }}
    />
  );
}
