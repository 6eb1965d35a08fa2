/** Somebody else changed the plan meanwhile: what they changed beside what was typed here, and the two ways on. */
import { useEffect, useRef } from 'react';
import type { Schemas } from '../../api/use-api.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Note } from '../../kit/note.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { type Compared, compared } from './compared.ts';
import type { Fields } from './draft.ts';
import styles from './plan-edit.module.css';
import { valueWords } from './value-words.ts';

export function Conflict({
  base,
  draft,
  theirs,
  onTheirs,
  onMine,
}: {
  readonly base: Fields;
  readonly draft: Fields;
  /** Absent: the plan was deleted. */
  readonly theirs: Schemas['Plan'] | undefined;
  readonly onTheirs: () => void;
  readonly onMine: () => void;
}) {
  const text = useText('planEdit').conflict;
  const heading = useRef<HTMLDivElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const rows = theirs ? compared(base, draft, theirs.plan) : [];
  const columns: readonly Column<Compared>[] = [
    {
      id: 'field',
      header: text.field,
      heads: true,
      cell: ({ field, isBoth }) => (
        <>
          <code>{field}</code> {isBoth && <Badge tone="warning">{text.both}</Badge>}
        </>
      ),
    },
    { id: 'before', header: text.before, cell: ({ before }) => <code>{valueWords(before)}</code> },
    {
      id: 'theirs',
      header: text.theirs,
      cell: ({ theirs: value }) => (value ? <code>{valueWords(value.after)}</code> : text.same),
    },
    {
      id: 'mine',
      header: text.mine,
      cell: ({ mine: value }) => (value ? <code>{valueWords(value.after)}</code> : text.same),
    },
  ];
  return (
    <div ref={heading} tabIndex={-1} role="alert" className={styles.conflict}>
      <Note
        state="warning"
        title={theirs ? text.title(theirs.updatedBy) : text.gone}
        actions={
          <>
            {theirs && <Button onPress={onTheirs}>{text.takeTheirs}</Button>}
            <Button kind="primary" onPress={onMine}>
              {theirs ? text.goOn : text.makeAgain}
            </Button>
          </>
        }
      >
        {theirs ? (
          <p>
            <When at={theirs.updatedAt} both />. {text.text}
          </p>
        ) : (
          <p>{text.goneText}</p>
        )}
      </Note>
      {rows.length > 0 && (
        <Table label={text.label} columns={columns} rows={rows} keyOf={({ field }) => field} />
      )}
    </div>
  );
}
