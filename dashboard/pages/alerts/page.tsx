/** What is wrong, what was, who sees to it, and whether anybody heard of it. */
import { useCallback } from 'react';
import { useApi } from '../../api/use-api.ts';
import { oneOf, text as textReader, useAddress } from '../../app/address.ts';
import { useTyped } from '../../app/typed.ts';
import { Card } from '../../kit/card.tsx';
import { Select, TextField } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Link } from '../../kit/link.tsx';
import { Page } from '../../kit/page.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { CursorPager } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { AlertList } from './list.tsx';

const states = ['open', 'closed', 'all'] as const;
const readers = { state: oneOf(...states), plan: textReader, cursor: textReader };
const everyMs = 30_000;
const pageSize = 50;
/** As the API takes it; anything else would be refused while it is being typed. */
const planId = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

export default function AlertsPage() {
  const text = useText('alerts');
  const [{ state = 'open', plan, cursor }, go] = useAddress(readers);
  const [typed, setTyped] = useTyped(
    plan,
    useCallback((next) => go({ plan: next, cursor: undefined }), [go]),
  );
  const query = {
    state,
    limit: pageSize,
    ...(plan !== undefined && planId.test(plan) && { plan }),
    ...(cursor !== undefined && { cursor }),
  };
  const alerts = useApi('/v1/alerts', { params: { query } }, { every: everyMs, keepPrevious: true });
  return (
    <Page title={text.title} lead={text.lead}>
      <Card>
        <Filters
          active={plan !== undefined}
          onClear={() => go({ state: undefined, plan: undefined, cursor: undefined })}
        >
          <Select
            label={text.state}
            value={state}
            onChange={(next) => go({ state: next === 'open' ? undefined : next, cursor: undefined })}
            options={states.map((value) => ({ value, label: text.states[value] }))}
          />
          <TextField
            type="search"
            label={text.plan}
            placeholder={text.planHint}
            value={typed}
            onChange={setTyped}
          />
        </Filters>
        <Loaded of={alerts} lines={6}>
          {({ items, nextCursor }) => (
            <>
              {items.length > 0 ? (
                <AlertList alerts={items} label={text.label[state]} busy={alerts.isPlaceholderData} />
              ) : (
                <None state={state} isPage={nextCursor !== undefined || cursor !== undefined} />
              )}
              <CursorPager cursor={cursor} next={nextCursor} go={go} />
            </>
          )}
        </Loaded>
      </Card>
    </Page>
  );
}

/** A page of closed ones may be empty while the next is not: the server reads all and leaves the open ones out. */
function None({ state, isPage }: { readonly state: (typeof states)[number]; readonly isPage: boolean }) {
  const text = useText('alerts');
  if (isPage) return <Empty title={text.pageEmpty} />;
  const [title, why] = {
    open: [text.emptyOpen, text.emptyOpenText],
    closed: [text.emptyClosed, text.emptyClosedText],
    all: [text.emptyAll, text.emptyAllText],
  }[state] as [string, string];
  return (
    <Empty title={title}>
      <p>{why}</p>
      {state === 'open' ? (
        <Link to="/alerts" search={{ state: 'all' } as never}>
          {text.seeAll}
        </Link>
      ) : (
        <Link to="/">{text.seeOverview}</Link>
      )}
    </Empty>
  );
}
