/** What was backed up and what is there now, side by side: those that differ first, in plain words. */
import { flag, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import styles from './restore-live.module.css';
import { contentOf, differenceOf, type Item, type Result } from './result.ts';

const readers = { all: flag };
/** As many are shown until somebody asks for all. */
const shownFirst = 25;

export function Comparison({ comparison }: { readonly comparison: NonNullable<Result['comparison']> }) {
  const text = useText('restoreLive').comparison;
  const format = useFormat();
  const [{ all }, go] = useAddress(readers);
  const { items, itemsLeft, differences, notProven } = comparison;
  const sorted = [...items.filter(({ same }) => !same), ...items.filter(({ same }) => same)];
  const shown = all ? sorted : sorted.slice(0, shownFirst);
  const rows = (item: Item, side: 'source' | 'backup' | 'restored') => {
    const count = item[side]?.rows;
    return count === undefined ? text.unknown : format.number(count);
  };
  return (
    <Card title={text.title} lead={text.lead}>
      {differences.length > 0 && (
        <div>
          <h3>{text.differences}</h3>
          <ul className={styles.lines}>
            {differences.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </div>
      )}
      {shown.length > 0 && (
        <Table
          label={text.title}
          rows={shown}
          keyOf={({ name, type }) => `${type} ${name}`}
          toneOf={({ same }) => (same ? undefined : 'critical')}
          columns={[
            {
              id: 'name',
              header: text.name,
              heads: true,
              cell: ({ name, type }) => (
                <span>
                  {name} <span className="small">{type}</span>
                </span>
              ),
            },
            { id: 'source', header: text.source, align: 'end', cell: (item) => rows(item, 'source') },
            { id: 'backup', header: text.backup, align: 'end', cell: (item) => rows(item, 'backup') },
            { id: 'restored', header: text.restored, align: 'end', cell: (item) => rows(item, 'restored') },
            { id: 'content', header: text.content, cell: (item) => text.contents[contentOf(item)] },
            { id: 'same', header: text.verdict, cell: (item) => <Verdict item={item} /> },
          ]}
        />
      )}
      {!all && sorted.length > shown.length && (
        <div>
          <Button onPress={() => go({ all: true })}>{text.showAll(sorted.length)}</Button>
        </div>
      )}
      {itemsLeft > 0 && <p className="small">{text.left(itemsLeft)}</p>}
      {notProven.length > 0 && (
        <details className={styles.more}>
          <summary>{text.notProven(notProven.length)}</summary>
          <ul className={styles.lines}>
            {notProven.map(({ what, why }) => (
              <li key={`${what} ${why}`}>
                {what}: {why}
              </li>
            ))}
          </ul>
        </details>
      )}
    </Card>
  );
}

function Verdict({ item }: { readonly item: Item }) {
  const text = useText('restoreLive').comparison;
  const format = useFormat();
  const difference = differenceOf(item);
  if (!difference) return <Badge tone="well">{text.same}</Badge>;
  const words =
    'by' in difference ? text.how[difference.how](format.number(difference.by)) : text.how[difference.how];
  return <Badge tone="critical">{words}</Badge>;
}
