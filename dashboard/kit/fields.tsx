/**
 * Fields of forms, each with a label that is always there, a hint, and what is wrong with it (as the API said it).
 * Native elements: phones bring their own keyboards and pickers for them.
 */
import { type ReactNode, useId } from 'react';

interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  /** What is wrong with it. */
  readonly error?: string | undefined;
  readonly required?: boolean;
}

function Field({
  label,
  hint,
  error,
  children,
}: FieldProps & {
  readonly children: (ids: {
    id: string;
    describedBy: string | undefined;
    invalid: true | undefined;
  }) => ReactNode;
}) {
  const id = useId();
  const describedBy = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`]
    .filter(Boolean)
    .join(' ');
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <div id={`${id}-hint`} className="hint">
          {hint}
        </div>
      )}
      {children({
        id,
        describedBy: describedBy === '' ? undefined : describedBy,
        invalid: error === undefined ? undefined : true,
      })}
      {error !== undefined && (
        <p id={`${id}-error`} className="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

export function TextField({
  value,
  onChange,
  type = 'text',
  placeholder,
  autoComplete,
  inputMode,
  min,
  max,
  ...field
}: FieldProps & {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly type?: 'text' | 'number' | 'date' | 'search' | 'email' | 'url' | 'time';
  readonly placeholder?: string;
  readonly autoComplete?: string;
  readonly inputMode?: 'numeric' | 'text';
  readonly min?: number | string;
  readonly max?: number | string;
}) {
  return (
    <Field {...field}>
      {({ id, describedBy, invalid }) => (
        <input
          {...{ id, type, value, placeholder, autoComplete, inputMode, min, max }}
          required={field.required}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          spellCheck={false}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export function TextArea({
  value,
  onChange,
  rows = 4,
  code = false,
  ...field
}: FieldProps & {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly rows?: number;
  readonly code?: boolean;
}) {
  return (
    <Field {...field}>
      {({ id, describedBy, invalid }) => (
        <textarea
          {...{ id, value, rows }}
          className={code ? 'code' : undefined}
          required={field.required}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          spellCheck={!code}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export interface Option<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly disabled?: boolean;
}

export function Select<T extends string>({
  value,
  onChange,
  options,
  ...field
}: FieldProps & {
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly options: readonly Option<T>[];
}) {
  return (
    <Field {...field}>
      {({ id, describedBy, invalid }) => (
        <select
          {...{ id, value }}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          onChange={(event) => onChange(event.target.value as T)}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function Checkbox({
  label,
  hint,
  checked,
  onChange,
  disabled = false,
}: {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}) {
  const id = useId();
  return (
    <div className="check">
      <input
        {...{ id, checked, disabled }}
        type="checkbox"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
      {hint !== undefined && (
        <div id={`${id}-hint`} className="hint">
          {hint}
        </div>
      )}
    </div>
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** Why it cannot be chosen. */
  readonly whyNot?: string;
}

/** One of a few, each with what it means. */
export function Choices<T extends string>({
  label,
  value,
  onChange,
  choices,
}: {
  readonly label: string;
  readonly value: T | undefined;
  readonly onChange: (value: T) => void;
  readonly choices: readonly Choice<T>[];
}) {
  const name = useId();
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      {choices.map((choice) => (
        <label
          key={choice.value}
          className="choice"
          data-checked={choice.value === value}
          data-off={choice.whyNot !== undefined}
        >
          <input
            type="radio"
            name={name}
            value={choice.value}
            checked={choice.value === value}
            disabled={choice.whyNot !== undefined}
            onChange={() => onChange(choice.value)}
          />
          <span className="choice-text">
            <span className="choice-label">{choice.label}</span>
            {choice.hint !== undefined && <span className="hint">{choice.hint}</span>}
            {choice.whyNot !== undefined && <span className="hint">{choice.whyNot}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
