/** One source: what kind it is, and the fields of that kind; what most people never need is folded away. */
import { Button } from '../../kit/button.tsx';
import { Choices, Select, TextField } from '../../kit/fields.tsx';
import { useText } from '../../text/text.ts';
import { at, type Fields, isFields } from './draft.ts';
import { errorAt, errorOf, useEdit } from './edit.ts';
import { BytesAt, ChoiceAt, FlagAt, LinesAt, NumberAt, TextAt } from './inputs.tsx';
import styles from './plan-edit.module.css';
import {
  fieldsOf,
  freeName,
  movedTo,
  newSource,
  placeOf,
  type SourceField,
  type SourceKind,
  sourceKinds,
} from './source-fields.ts';

export function Source({ index, source }: { readonly index: number; readonly source: Fields }) {
  const text = useText('planEdit').sources;
  const { kinds } = useText('common');
  const { draft, set, issues } = useEdit();
  const path = `sources.${index}`;
  const { kind } = source;
  const isKnown = sourceKinds.some((each) => each === kind);
  const fields = fieldsOf(source);
  const seldom = fields.filter((field) => field.seldom);
  const isWrong = seldom.some((field) => errorAt(issues, `${path}.${field.path}`) !== undefined);
  const whole = errorOf(issues, path);
  return (
    <fieldset className={styles.group}>
      <legend>{text.source(String(source.name ?? index + 1))}</legend>
      {whole !== undefined && (
        <p className="field-error" role="alert">
          {whole}
        </p>
      )}
      <div className={styles.row}>
        <Select
          label={text.kind}
          value={String(kind)}
          onChange={(next) => set(path, newSource(next as SourceKind, String(source.name ?? 'main')))}
          options={[
            ...sourceKinds.map((value) => ({ value: value as string, label: kinds[value] })),
            ...(isKnown ? [] : [{ value: String(kind), label: String(kind) }]),
          ]}
          error={errorOf(issues, `${path}.kind`)}
        />
        <TextAt path={`${path}.name`} label={text.name} hint={text.nameHint} required />
      </div>
      {kind === 'files' && (
        <Choices
          label={text.place}
          value={placeOf(source)}
          onChange={(next) => set(path, movedTo(next, source))}
          choices={[
            { value: 'bucket', label: text.places.bucket },
            { value: 'path', label: text.places.path, hint: text.places.pathHint },
          ]}
        />
      )}
      {!isKnown && <p>{text.unknownKind}</p>}
      <div className={styles.row}>
        {fields
          .filter((field) => !field.seldom)
          .map((field) => (
            <FieldOf key={field.path} source={path} kind={String(kind)} field={field} />
          ))}
      </div>
      {seldom.length > 0 && (
        <details className={styles.more} open={isWrong || undefined}>
          <summary>{text.more}</summary>
          <div className={styles.row}>
            {seldom.map((field) => (
              <FieldOf key={field.path} source={path} kind={String(kind)} field={field} />
            ))}
          </div>
        </details>
      )}
      {Array.isArray(draft.sources) && draft.sources.length > 1 && (
        <div>
          <Button small onPress={() => set(path, undefined)}>
            {text.remove(String(source.name))}
          </Button>
        </div>
      )}
    </fieldset>
  );
}

function FieldOf({
  source,
  kind,
  field,
}: {
  readonly source: string;
  readonly kind: string;
  readonly field: SourceField;
}) {
  const { fields, values } = useText('planEdit').sources;
  const [label = field.path, hint] = fields[`${kind}.${field.path}`] ?? fields[field.path] ?? [];
  const bound = { path: `${source}.${field.path}`, label, hint };
  switch (field.type) {
    case 'text':
      return <TextAt {...bound} required={field.required ?? false} />;
    case 'number':
      return <NumberAt {...bound} min={field.min} max={field.max} />;
    case 'bytes':
      return <BytesAt {...bound} />;
    case 'flag':
      return <FlagAt {...bound} />;
    case 'lines':
      return <LinesAt {...bound} of={field.of} />;
    case 'choice':
      return <ChoiceAt {...bound} values={field.values} names={values} />;
    case 'databases':
      return <Databases {...bound} />;
    case 'tolerance':
      return <Tolerance {...bound} />;
  }
}

type Bound = Readonly<Record<'path' | 'label', string>> & { readonly hint: string | undefined };

/** `all`, or names; without either what the secret says. */
function Databases({ path, label }: Bound) {
  const text = useText('planEdit').sources.databases;
  const { draft, set } = useEdit();
  const value = at(draft, path);
  const how = value === 'all' ? 'all' : value === undefined ? 'secret' : 'named';
  return (
    <div className={styles.stack}>
      <Select
        label={label}
        value={how}
        onChange={(next) => set(path, next === 'all' ? 'all' : next === 'named' ? [] : undefined)}
        options={(['secret', 'named', 'all'] as const).map((each) => ({ value: each, label: text[each] }))}
      />
      {how === 'named' && <LinesAt path={path} label={text.names} />}
    </div>
  );
}

/** A number of documents, or a share of them. */
function Tolerance({ path, label, hint }: Bound) {
  const text = useText('planEdit').sources.tolerance;
  const { draft, set, issues } = useEdit();
  const value = at(draft, path);
  const fields = isFields(value) ? value : {};
  const by = fields.fraction === undefined ? 'documents' : 'fraction';
  return (
    <div className={styles.pair}>
      <TextField
        label={label}
        {...(hint !== undefined && { hint })}
        type="number"
        min={0}
        value={String(fields[by] ?? 0)}
        onChange={(next) => set(path, { [by]: Number(next) })}
        error={errorAt(issues, path)}
      />
      <Select
        label={text.by}
        value={by}
        onChange={(next) => set(path, { [next]: 0 })}
        options={(['documents', 'fraction'] as const).map((each) => ({ value: each, label: text[each] }))}
      />
    </div>
  );
}

export function AddSource() {
  const text = useText('planEdit').sources;
  const { draft, set } = useEdit();
  const sources: readonly Fields[] = Array.isArray(draft.sources) ? draft.sources : [];
  const names = sources.map(({ name }) => name);
  return (
    <div>
      <Button
        small
        icon="new"
        onPress={() => set('sources', [...sources, newSource('postgres', freeName(names, 'main'))])}
      >
        {text.add}
      </Button>
    </div>
  );
}
