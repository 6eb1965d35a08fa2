/** How it was verified: the reports in the vault, each to be opened, and having it proven again now. */
import type { Schemas } from '../../api/use-api.ts';
import { text as textReader, useAddress } from '../../app/address.ts';
import { Card } from '../../kit/card.tsx';
import { Note } from '../../kit/note.tsx';
import { ProofBadge } from '../../kit/state-badge.tsx';
import { Empty } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { Report } from './report.tsx';

type Point = Schemas['Backup'];
type Listed = NonNullable<Point['reports']>[number];

const readers = { report: textReader };

export function Proofs({ point }: { readonly point: Point }) {
  const text = useText('point').proofs;
  const { proofs } = useText('common');
  const [{ report }, go] = useAddress(readers);
  const { verification, reports = [], reportsError } = point;
  const open = reports.find(({ key }) => key === report);
  const columns: readonly Column<Listed>[] = [
    { id: 'at', header: text.at, heads: true, cell: ({ at }) => <When at={at} both /> },
    { id: 'level', header: text.level, cell: ({ level }) => proofs[level] },
    {
      id: 'open',
      header: text.report,
      cell: ({ key }) => (
        <button
          type="button"
          className="button button-small"
          aria-pressed={key === open?.key}
          onClick={() => go({ report: key === open?.key ? undefined : key })}
        >
          {text.open}
        </button>
      ),
    },
  ];
  return (
    <>
      <Card title={text.title} lead={text.lead}>
        <p>
          <ProofBadge verification={verification} /> {verification?.detail}
        </p>
        {reportsError && (
          <Note state="warning" title={text.notListed}>
            <p>{reportsError.message}</p>
          </Note>
        )}
        {reports.length === 0 && !reportsError ? (
          <Empty title={text.none} />
        ) : (
          <Table label={text.title} columns={columns} rows={reports} keyOf={({ key }) => key} />
        )}
      </Card>
      {open && (
        <Card title={text.opened}>
          <Report backupId={point.backupId} reportKey={open.key} />
        </Card>
      )}
    </>
  );
}
