/** An entry of the trail, opened in place: through which door, what it was before and after, and the whole of it. */
import type { Schemas } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Facts } from '../../kit/card.tsx';
import { Code, CodeBlock } from '../../kit/copy.tsx';
import { Note } from '../../kit/note.tsx';
import { Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { changesOf, mostChanges } from './changes.ts';

export type Entry = Schemas['AuditEntry'];

export function OpenedEntry({ entry }: { readonly entry: Entry }) {
  const text = useText('audit').entry;
  const { vias } = useText('audit');
  const format = useFormat();
  const { at, by, detail, via, groups, address, requestId, correlationId, error, objects } = entry;
  return (
    <>
      {error && (
        <Note state="warning" title={error.code}>
          <p>{error.message}</p>
          {error.next !== undefined && <p>{error.next}</p>}
        </Note>
      )}
      {entry.result === undefined && <Note state="warning">{text.onlyIntention}</Note>}
      <Facts
        facts={[
          [text.at, <When key="at" at={at} both />],
          [text.by, by],
          [text.groups, groups && groups.length > 0 ? format.list(groups) : undefined],
          [text.via, via && vias[via]],
          [text.address, address],
          [text.detail, detail === '' ? undefined : detail],
          [text.request, requestId && <Code key="request">{requestId}</Code>],
          [
            text.correlation,
            <Code key="correlation" copy>
              {correlationId}
            </Code>,
          ],
        ]}
      />
      <Changes entry={entry} />
      {objects && objects.length > 0 && <CodeBlock label={text.objects}>{objects.join('\n')}</CodeBlock>}
      <details>
        <summary>{text.whole}</summary>
        <CodeBlock label={text.json}>{JSON.stringify(entry, null, 2)}</CodeBlock>
      </details>
    </>
  );
}

function Changes({ entry: { before, after } }: { readonly entry: Entry }) {
  const text = useText('audit').entry;
  if (before === undefined && after === undefined) return <p className="small">{text.noChange}</p>;
  const changes = changesOf(before, after);
  if (changes.length === 0) return <p className="small">{text.same}</p>;
  return (
    <>
      <Table
        label={text.changes}
        rows={changes}
        keyOf={({ path }) => path}
        columns={[
          {
            id: 'field',
            header: text.field,
            heads: true,
            cell: ({ path }) => <code>{path || text.all}</code>,
          },
          { id: 'before', header: text.before, cell: (change) => <Value of={change.before} /> },
          { id: 'after', header: text.after, cell: (change) => <Value of={change.after} /> },
        ]}
      />
      {changes.length >= mostChanges && <p className="small">{text.more}</p>}
    </>
  );
}

function Value({ of }: { readonly of: string | undefined }) {
  const text = useText('audit').entry;
  return of === undefined ? <span className="quiet">{text.absent}</span> : <code>{of}</code>;
}
