/** Which keys open backups, and whether they would outlive the account. Never a key itself. */
import { Badge } from '../../kit/badge.tsx';
import { Card } from '../../kit/card.tsx';
import { Code, CodeBlock } from '../../kit/copy.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Empty } from '../../kit/states.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { keyCommands } from './commands.ts';
import { type Key, nagOf, type Settings } from './nag.ts';

/** `brief`: that there is something to do; what, stands on the tab about keys. */
export function Nag({ keys, brief = false }: { readonly keys: readonly Key[]; readonly brief?: boolean }) {
  const text = useText('settings').nag;
  const nag = nagOf(keys);
  if (!nag) return null;
  if (brief)
    return (
      <Note
        state="warning"
        title={text.titles[nag.what]}
        actions={
          <Link to="/settings" search={{ tab: 'keys' } as never} className="button button-small">
            {text.how}
          </Link>
        }
      />
    );
  return (
    <Note state="warning" title={text.titles[nag.what]}>
      <p>{text.whys[nag.what](nag.keyId)}</p>
      {nag.what === 'export' && <CodeBlock label={text.export}>{keyCommands.export}</CodeBlock>}
      <CodeBlock label={text.prove}>{keyCommands.prove}</CodeBlock>
      <p className="small">{text.where}</p>
    </Note>
  );
}

export function Keys({ settings: { keys, signingKeys } }: { readonly settings: Settings }) {
  const text = useText('settings').keys;
  const columns: readonly Column<Key>[] = [
    { id: 'id', header: text.id, heads: true, cell: ({ id }) => <Code copy>{id}</Code> },
    {
      id: 'use',
      header: text.use,
      cell: ({ use }) => (
        <Badge tone={use === 'old' ? 'quiet' : 'well'} icon={use === 'old' ? 'missed' : 'well'}>
          {text.uses[use]}
        </Badge>
      ),
    },
    { id: 'made', header: text.made, cell: ({ createdAt }) => <At at={createdAt} /> },
    { id: 'algorithm', header: text.algorithm, detail: true, cell: ({ algorithm }) => algorithm },
    { id: 'exported', header: text.exported, cell: ({ exportedAt }) => <At at={exportedAt} never /> },
    {
      id: 'proven',
      header: text.proven,
      cell: ({ provenAt, provenBackup }) =>
        provenAt !== undefined && provenBackup !== undefined ? (
          <Link to="/points/$backupId" params={{ backupId: provenBackup }}>
            <When at={provenAt} />
          </Link>
        ) : (
          <At at={provenAt} never />
        ),
    },
  ];
  return (
    <>
      <Card title={text.title} lead={text.lead}>
        {keys.length === 0 ? (
          <Empty title={text.none}>
            <Code copy>holdfast keys init</Code>
          </Empty>
        ) : (
          <Table label={text.title} columns={columns} rows={keys} keyOf={({ id }) => id} />
        )}
        <CodeBlock label={text.again}>{`${keyCommands.export}\n${keyCommands.prove}`}</CodeBlock>
      </Card>
      <Card title={text.signing.title} lead={text.signing.lead}>
        {signingKeys.length === 0 ? (
          <Empty title={text.signing.none} />
        ) : (
          <Table
            label={text.signing.title}
            rows={signingKeys}
            keyOf={({ id }) => id}
            columns={[
              { id: 'id', header: text.id, heads: true, cell: ({ id }) => <Code>{id}</Code> },
              { id: 'role', header: text.signing.signs, cell: ({ role }) => text.signing.roles[role] },
            ]}
          />
        )}
      </Card>
    </>
  );
}

function At({ at, never = false }: { readonly at: string | undefined; readonly never?: boolean }) {
  const common = useText('common');
  if (at !== undefined) return <When at={at} />;
  return <>{never ? common.never : '–'}</>;
}
