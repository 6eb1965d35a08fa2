/** Which secrets plans reach their sources and further vaults with: names, never what is in them. */
import { Card } from '../../kit/card.tsx';
import { Code } from '../../kit/copy.tsx';
import { Link } from '../../kit/link.tsx';
import { Empty } from '../../kit/states.tsx';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import type { Settings } from './nag.ts';
import styles from './settings.module.css';

export function Connections({ settings: { connections } }: { readonly settings: Settings }) {
  const text = useText('settings').connections;
  const { kinds } = useText('common');
  const names: Readonly<Record<string, string>> = { ...kinds, vault: text.vault };
  return (
    <Card title={text.title} lead={text.lead}>
      {connections.length === 0 ? (
        <Empty title={text.none}>
          <Link to="/plans/new">{text.newPlan}</Link>
        </Empty>
      ) : (
        <Table
          label={text.title}
          rows={connections}
          keyOf={({ kind, secret }) => `${kind} ${secret}`}
          columns={[
            {
              id: 'secret',
              header: text.secret,
              heads: true,
              cell: ({ secret }) => <Code copy>{secret}</Code>,
            },
            { id: 'kind', header: text.kind, cell: ({ kind }) => names[kind] ?? kind },
            {
              id: 'plans',
              header: text.plans,
              cell: ({ plans }) => (
                <ul className={styles.plans}>
                  {plans.map((planId) => (
                    <li key={planId}>
                      <Link to="/plans/$planId" params={{ planId }}>
                        {planId}
                      </Link>
                    </li>
                  ))}
                </ul>
              ),
            },
            {
              id: 'test',
              header: text.test,
              cell: ({ plans, secret }) =>
                plans[0] === undefined ? (
                  '–'
                ) : (
                  <Link
                    to="/plans/$planId"
                    params={{ planId: plans[0] }}
                    search={{ tab: 'test' } as never}
                    className="button button-small"
                    aria-label={text.testOf(secret)}
                  >
                    {text.testNow}
                  </Link>
                ),
            },
          ]}
        />
      )}
    </Card>
  );
}
