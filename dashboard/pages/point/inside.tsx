/** What is inside, by name, as the function reads it that has the keys: asked for by a press, since it opens the backup. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { resultOfTask } from '../../api/tasks.ts';
import { type Schemas, useClient } from '../../api/use-api.ts';
import { text as textReader, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Card, Facts } from '../../kit/card.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Link } from '../../kit/link.tsx';
import { Empty, Failure, Loading } from '../../kit/states.tsx';
import { type Column, Pager, Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { namesText } from '../restore/choices.ts';

type Contents = Schemas['BackupContents'];
type Item = Contents['items'][number];

const readers = { prefix: textReader, after: textReader };
const aPage = 200;

export function Inside({ point: { backupId, planId, status } }: { readonly point: Schemas['Backup'] }) {
  const text = useText('point').inside;
  const [{ prefix, after }, go] = useAddress(readers);
  const [typed, setTyped] = useState(prefix ?? '');
  const contents = useInside(backupId, { prefix, after });
  const { data, error } = contents;
  if (status !== 'completed') return <Empty title={text.gone} />;
  return (
    <Card title={text.title} lead={text.lead}>
      <form
        className="filters"
        onSubmit={(event) => {
          event.preventDefault();
          go({ prefix: typed, after: undefined });
        }}
      >
        <TextField label={text.prefix} type="search" value={typed} onChange={setTyped} />
        <Button type="submit" running={contents.isFetching}>
          {text.search}
        </Button>
      </form>
      {error && !data && <Failure problem={asProblem(error)} onRetry={() => void contents.refetch()} />}
      {!data && !error && <Loading lines={5} />}
      {data && (
        <>
          <Components of={data} />
          {data.items.length === 0 ? (
            <Empty title={text.none} />
          ) : (
            <Items items={data.items} busy={contents.isPlaceholderData} restore={{ planId, backupId }} />
          )}
          <Pager
            next={data.nextAfter !== undefined}
            onNext={() => go({ after: data.nextAfter }, 'push')}
            isFirst={after === undefined}
            onFirst={() => go({ after: undefined }, 'push')}
          />
        </>
      )}
    </Card>
  );
}

/** A backup never changes: what was read once is not read again. */
function useInside(
  backupId: string,
  asked: { readonly prefix?: string | undefined; readonly after?: string | undefined },
) {
  const api = useClient();
  return useQuery<Contents, ApiProblem>({
    queryKey: ['inside', backupId, asked],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { prefix, after } = asked;
      const body = {
        ...(prefix !== undefined && { prefix }),
        ...(after !== undefined && { after }),
        limit: aPage,
      };
      const { data } = await api.POST('/v1/backups/{backupId}/contents', {
        params: { path: { backupId } },
        body,
        signal,
      });
      return (await resultOfTask(api, data?.taskId ?? '', signal)) as Contents;
    },
  });
}

function Components({ of }: { readonly of: Contents }) {
  const text = useText('point').inside;
  const format = useFormat();
  return (
    <Facts
      facts={of.components.map(({ name, title, kind, plainBytes, segments, items }) => [
        `${name} (${kind})`,
        `${title} · ${format.bytes(plainBytes)} · ${text.segments(segments)}${items === undefined ? '' : ` · ${text.items(items)}`}`,
      ])}
    />
  );
}

function Items({
  items,
  busy,
  restore,
}: {
  readonly items: readonly Item[];
  readonly busy: boolean;
  readonly restore: { readonly planId: string; readonly backupId: string };
}) {
  const text = useText('point').inside;
  const format = useFormat();
  const columns: readonly Column<Item>[] = [
    { id: 'name', header: text.name, heads: true, cell: ({ name }) => <code>{name}</code> },
    {
      id: 'type',
      header: text.type,
      cell: ({ type }) => text.types[type as keyof typeof text.types] ?? type,
    },
    {
      id: 'rows',
      header: text.rows,
      align: 'end',
      cell: ({ rows }) => (rows === undefined ? '–' : format.number(rows)),
    },
    {
      id: 'bytes',
      header: text.bytes,
      align: 'end',
      detail: true,
      cell: ({ bytes }) => (bytes === undefined ? '–' : format.bytes(bytes)),
    },
    {
      id: 'restore',
      header: text.restore,
      cell: ({ component, name, type }) =>
        type === 'skipped' ? (
          '–'
        ) : (
          <Link
            to="/restore"
            search={
              {
                plan: restore.planId,
                point: restore.backupId,
                component,
                part: 'some',
                only: namesText([name]),
              } as never
            }
            aria-label={text.restoreOf(name)}
          >
            {text.restore}
          </Link>
        ),
    },
  ];
  return (
    <Table
      label={text.title}
      columns={columns}
      rows={items}
      keyOf={({ component, name }) => `${component}/${name}`}
      busy={busy}
    />
  );
}
