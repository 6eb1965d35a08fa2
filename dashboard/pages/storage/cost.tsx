/** What it costs by storage class, at which prices, and what the estimate does not have in it. */
import { useFormat } from '../../format.ts';
import { Card } from '../../kit/card.tsx';
import { Empty } from '../../kit/states.tsx';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { monthlyUsd, type Stats } from './growth.ts';
import styles from './storage.module.css';

export function Cost({ stats: { cost } }: { readonly stats: Stats }) {
  const text = useText('storage').cost;
  const format = useFormat();
  return (
    <Card title={text.title} lead={text.lead(format.usd(cost.monthlyUsd), cost.region, cost.pricesAsOf)}>
      {cost.byStorageClass.length === 0 ? (
        <Empty title={text.none} />
      ) : (
        <Table
          label={text.title}
          rows={cost.byStorageClass}
          keyOf={({ storageClass }) => storageClass}
          columns={[
            {
              id: 'class',
              header: text.storageClass,
              heads: true,
              cell: ({ storageClass }) => storageClass,
            },
            {
              id: 'stored',
              header: text.stored,
              align: 'end',
              cell: ({ storedBytes }) => format.bytes(storedBytes),
            },
            {
              id: 'price',
              header: text.price,
              align: 'end',
              cell: ({ usdPerGiBMonth }) => format.number(usdPerGiBMonth, 5),
            },
            {
              id: 'month',
              header: text.month,
              align: 'end',
              cell: ({ storedBytes, usdPerGiBMonth }) => format.usd(monthlyUsd(storedBytes, usdPerGiBMonth)),
            },
          ]}
        />
      )}
      <h3>{text.leftOut}</h3>
      <ul className={styles['left-out']}>
        {text.leftOutItems.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </Card>
  );
}
