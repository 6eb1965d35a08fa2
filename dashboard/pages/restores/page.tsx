/** Restores of all plans or of one, by when they were ordered. */

import { type Schemas, useApi } from '../../api/use-api.ts';
import { oneOf, type Reader, text as short, useAddress } from '../../app/address.ts';
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Select } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Link } from '../../kit/link.tsx';
import { Page } from '../../kit/page.tsx';
import { RunBadge } from '../../kit/state-badge.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { Pager, Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { orderedNames } from '../restore/choices.ts';
import { resultOf } from '../restore-live/result.ts';

type Restore = Schemas['Restore'];

const statuses = ['pending', 'waiting', 'running', 'completed', 'failed', 'cancelled'] as const;
const cursorText: Reader<string> = (value) => (value === '' || value.length > 6_000 ? undefined : value);
const readers = {
  plan: short,
  status: oneOf(...statuses),
  order: oneOf('asc', 'desc'),
  cursor: cursorText,
};
const everyMs = 10_000;
const isGoing = ({ status, dead }: Restore) =>
  dead === undefined && (status === 'pending' || status === 'running' || status === 'waiting');

export default function View() {
  const text = useText('restores');
  const common = useText('common');
  const [{ plan, status, order = 'desc', cursor }, go] = useAddress(readers);
  const restores = useApi(
    '/v1/restores',
    {
      params: {
        query: {
          limit: 50,
          order,
          ...(plan && { plan }),
          ...(status && { status }),
          ...(cursor && { cursor }),
        },
      },
    },
    { keepPrevious: true, every: (page) => (page?.items.some(isGoing) ? everyMs : 6 * everyMs) },
  );
  const plans = useApi('/v1/plans', { params: { query: { limit: 200 } } });
  const known = (plans.data?.items ?? []).map(({ plan: { id, name } }) => ({
    value: id,
    label: name === undefined ? id : `${name} (${id})`,
  }));
  // Of a plan that was deleted, or is further back in the list.
  const listed =
    plan === undefined || known.some(({ value }) => value === plan)
      ? known
      : [...known, { value: plan, label: plan }];
  const isFiltered = plan !== undefined || status !== undefined;
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <Link to="/restore" search={(plan ? { plan } : {}) as never} className="button button-primary">
          {text.restore}
        </Link>
      }
    >
      <Filters
        active={isFiltered}
        onClear={() => go({ plan: undefined, status: undefined, cursor: undefined })}
      >
        <Select
          label={text.plan}
          value={plan ?? ''}
          onChange={(value) => go({ plan: value, cursor: undefined })}
          options={[{ value: '', label: common.all }, ...listed]}
        />
        <Select
          label={text.status}
          value={status ?? ''}
          onChange={(value) => go({ status: value, cursor: undefined })}
          options={[
            { value: '', label: common.all },
            ...statuses.map((each) => ({ value: each, label: common.statuses[each] })),
          ]}
        />
      </Filters>
      <Loaded of={restores} lines={8}>
        {({ items, nextCursor }) => (
          <>
            {items.length === 0 && nextCursor === undefined ? (
              <NoRestores isFiltered={isFiltered} />
            ) : (
              <List
                {...{ items, order }}
                busy={restores.isPlaceholderData}
                onOrder={(next) => go({ order: next === 'desc' ? undefined : next, cursor: undefined })}
              />
            )}
            <Pager
              next={nextCursor !== undefined}
              isFirst={cursor === undefined}
              onNext={() => go({ cursor: nextCursor }, 'push')}
              onFirst={() => go({ cursor: undefined }, 'push')}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function NoRestores({ isFiltered }: { readonly isFiltered: boolean }) {
  const text = useText('restores');
  if (isFiltered) return <Empty title={text.noneFiltered} />;
  return (
    <Empty title={text.none.title}>
      <p>{text.none.text}</p>
      <p>
        <Link to="/drills">{text.none.drills}</Link>
      </p>
    </Empty>
  );
}

function List({
  items,
  order,
  busy,
  onOrder,
}: {
  readonly items: readonly Restore[];
  readonly order: 'asc' | 'desc';
  readonly busy: boolean;
  readonly onOrder: (order: 'asc' | 'desc') => void;
}) {
  const text = useText('restores');
  const format = useFormat();
  return (
    <Table
      label={text.title}
      rows={items}
      keyOf={({ restoreId }) => restoreId}
      busy={busy}
      sorting={{ by: 'createdAt', order, onSort: (_, next) => onOrder(next) }}
      toneOf={(row) => (row.status === 'failed' || row.dead ? 'critical' : undefined)}
      columns={[
        {
          id: 'createdAt',
          header: text.ordered,
          sort: 'createdAt',
          heads: true,
          cell: ({ restoreId, createdAt }) => (
            <Link to="/restores/$restoreId" params={{ restoreId }}>
              {format.dateTime(createdAt)}
            </Link>
          ),
        },
        {
          id: 'status',
          header: text.status,
          cell: ({ status, dead }) => <RunBadge status={dead ? 'failed' : status} />,
        },
        {
          id: 'plan',
          header: text.plan,
          cell: ({ planId }) => (
            <Link to="/plans/$planId" params={{ planId }}>
              {planId}
            </Link>
          ),
        },
        {
          id: 'what',
          header: text.what,
          cell: ({ request }) => {
            const names = orderedNames(request.options);
            if (names.length === 0) return request.component ?? text.everything;
            return names.length > 2 ? text.names(names.length) : format.list(names);
          },
        },
        {
          id: 'where',
          header: text.where,
          cell: ({ request }) => (request.confirmed?.length ? text.over : text.beside),
        },
        { id: 'compared', header: text.compared, cell: (row) => <Compared row={row} /> },
        { id: 'by', header: text.by, detail: true, cell: ({ createdBy }) => createdBy },
      ]}
    />
  );
}

/** Completed is not enough: whether what is there is what was backed up. */
function Compared({ row }: { readonly row: Restore }) {
  const text = useText('restores');
  if (row.status !== 'completed' || !row.result) return <>–</>;
  const { comparison } = resultOf(row.result);
  if (!comparison) return <Badge tone="warning">{text.notCompared}</Badge>;
  const { length } = comparison.differences;
  return length > 0 ? (
    <Badge tone="critical">{text.differs(length)}</Badge>
  ) : (
    <Badge tone="well">{text.same}</Badge>
  );
}
