/** What is inside, by name: looked for by how the names begin, page by page; what is chosen is above the list. */
import { useId, useRef, useState } from 'react';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { Pager } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import { type Contents, useContents } from './asked.ts';
import { type Kind, mostNames, namesText } from './choices.ts';
import styles from './restore.module.css';

type Item = Contents['items'][number];

export function Browse({ journey, kind }: { readonly journey: Journey; readonly kind: Kind | undefined }) {
  const text = useText('restore').browse;
  const { choices, address, choose, note } = journey;
  const { point, component, only = [] } = choices;
  const { prefix, after } = address;
  const contents = useContents(point, { component, prefix, after });
  const [typed, setTyped] = useState(prefix ?? '');
  const isFull = only.length >= mostNames;
  const set = (names: readonly string[]) => choose({ only: namesText(names), part: 'some' });
  const add = (name: string) => set([...only.filter((each) => each !== name), name]);
  const remove = (name: string) => set(only.filter((each) => each !== name));
  const folder = kind === 'files' ? folderOf(prefix) : undefined;
  return (
    <section className={styles.browse} aria-label={text.label}>
      <Chosen names={only} onRemove={remove} />
      <form
        className={styles.narrow}
        onSubmit={(event) => {
          event.preventDefault();
          note({ prefix: typed, after: undefined });
        }}
      >
        <TextField
          label={text.prefix}
          hint={text.prefixHint[kind ?? 'other']}
          type="search"
          value={typed}
          onChange={setTyped}
          autoComplete="off"
        />
        <Button type="submit" running={contents.isFetching}>
          {text.search}
        </Button>
        <Button
          whyNot={typed.trim() === '' ? text.typeFirst : isFull ? text.full(mostNames) : undefined}
          onPress={() => add(typed.trim())}
        >
          {text.addTyped}
        </Button>
      </form>
      {folder !== undefined && !only.includes(folder) && (
        <div>
          <Button icon="new" whyNot={isFull ? text.full(mostNames) : undefined} onPress={() => add(folder)}>
            {text.folder(folder)}
          </Button>
        </div>
      )}
      <Loaded of={contents} lines={6}>
        {({ items, nextAfter }) => (
          <>
            {items.length === 0 && (
              <Empty title={prefix === undefined ? text.empty : text.nothing(prefix)}>
                {prefix !== undefined && (
                  <Button
                    onPress={() => {
                      setTyped('');
                      note({ prefix: undefined, after: undefined });
                    }}
                  >
                    {text.showAll}
                  </Button>
                )}
              </Empty>
            )}
            <ul className={styles.items}>
              {items.map((item) => (
                <li key={`${item.component}/${item.name}`}>
                  <Held
                    item={item}
                    isChosen={only.includes(item.name)}
                    isFull={isFull}
                    onChange={(chosen) => (chosen ? add(item.name) : remove(item.name))}
                  />
                </li>
              ))}
            </ul>
            <Pager
              next={nextAfter !== undefined}
              isFirst={after === undefined}
              onNext={() => note({ after: nextAfter })}
              onFirst={() => note({ after: undefined })}
            />
          </>
        )}
      </Loaded>
    </section>
  );
}

/** `2026/11/a` → `2026/11`. */
const folderOf = (prefix = '') => {
  const end = prefix.lastIndexOf('/');
  return end > 0 ? prefix.slice(0, end) : undefined;
};

function Chosen({
  names,
  onRemove,
}: {
  readonly names: readonly string[];
  readonly onRemove: (name: string) => void;
}) {
  const text = useText('restore').browse;
  const count = useRef<HTMLParagraphElement>(null);
  return (
    <div>
      <p ref={count} tabIndex={-1} aria-live="polite" className={styles.count}>
        {text.chosen(names.length)}
      </p>
      <ul className={styles.chips}>
        {names.map((name) => (
          <li key={name}>
            <button
              type="button"
              className={styles.chip}
              onClick={() => {
                onRemove(name);
                // The chip that was pressed goes.
                count.current?.focus();
              }}
            >
              <span>{name}</span>
              <Icon name="close" />
              <span className="visually-hidden">{text.remove}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Held({
  item,
  isChosen,
  isFull,
  onChange,
}: {
  readonly item: Item;
  readonly isChosen: boolean;
  readonly isFull: boolean;
  readonly onChange: (chosen: boolean) => void;
}) {
  const text = useText('restore').browse;
  const format = useFormat();
  const id = useId();
  const { name, type, rows, bytes, modifiedAt } = item;
  // Nothing of it is in the backup: it is here for who looks for it.
  const isSkipped = type === 'skipped';
  return (
    <label className={styles.item} htmlFor={id} data-off={isSkipped || (isFull && !isChosen)}>
      <input
        id={id}
        type="checkbox"
        checked={isChosen}
        disabled={isSkipped || (isFull && !isChosen)}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className={styles.itemText}>
        <span className={styles.itemName}>{name}</span>
        <span className="small">
          {isSkipped ? text.skipped : (text.types[type as keyof typeof text.types] ?? type)}
          {rows !== undefined && ` · ${text.rows(format.number(rows))}`}
          {bytes !== undefined && ` · ${format.bytes(bytes)}`}
          {modifiedAt !== undefined && (
            <>
              {' · '}
              <When at={modifiedAt} />
            </>
          )}
        </span>
      </span>
    </label>
  );
}
