/** Restore drills: what was proven by being restored, how long that took, what never was, and a drill now. */
import { useState } from 'react';
import { useApi } from '../../api/use-api.ts';
import { day, oneOf, type Reader, text as textReader, useAddress } from '../../app/address.ts';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Select, TextField } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Page } from '../../kit/page.tsx';
import { PlanSelect } from '../../kit/plan-select.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { CursorPager } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { List } from './list.tsx';
import { Opened } from './opened.tsx';
import { type DrillPlace, drillPlace, spanOfDays } from './place.ts';
import { Start } from './start.tsx';
import { Started } from './started.tsx';
import Trend from './trend.tsx';
import { Wanting } from './wanting.tsx';

const results = ['passed', 'failed', 'error'] as const;
const drillReader: Reader<DrillPlace> = drillPlace;
const readers = {
  plan: textReader,
  result: oneOf(...results),
  from: day,
  to: day,
  cursor: textReader,
  drill: drillReader,
  task: textReader,
};
const aPage = 50;
/** As many as the API gives at once. */
const inTrend = 200;
const restMs = 60_000;

export default function DrillsPage() {
  const [{ drill }] = useAddress(readers);
  return drill ? <Opened place={drill} /> : <Drills />;
}

function Drills() {
  const text = useText('drills');
  const [{ plan, task }, go] = useAddress(readers);
  /** Of which plan a drill is about to be started; '': of one that is yet to be chosen. */
  const [starting, setStarting] = useState<string>();
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <Button kind="primary" icon="proof" needs="operator" onPress={() => setStarting(plan ?? '')}>
          {text.start.button}
        </Button>
      }
    >
      {task !== undefined && <Started key={task} taskId={task} onClose={() => go({ task: undefined })} />}
      <Wanting onDrill={setStarting} />
      <Drilled />
      {starting !== undefined && (
        <Start
          plan={starting === '' ? undefined : starting}
          onStarted={(taskId) => {
            setStarting(undefined);
            go({ task: taskId });
          }}
          onClose={() => setStarting(undefined)}
        />
      )}
    </Page>
  );
}

function Drilled() {
  const text = useText('drills');
  const common = useText('common');
  const [{ plan, result, from, to, cursor }, go] = useAddress(readers);
  const narrowed = { plan, result, ...spanOfDays({ from, to }) };
  const drills = useApi(
    '/v1/drills',
    { params: { query: { ...narrowed, limit: aPage, cursor } } },
    { every: restMs, keepPrevious: true },
  );
  const trend = useApi(
    '/v1/drills',
    { params: { query: { ...narrowed, limit: inTrend } } },
    { keepPrevious: true },
  );
  const filter = (change: Parameters<typeof go>[0]) => go({ ...change, cursor: undefined });
  const active = [plan, result, from, to].some((each) => each !== undefined);
  return (
    <>
      <Card>
        <Filters
          active={active}
          onClear={() => filter({ plan: undefined, result: undefined, from: undefined, to: undefined })}
        >
          <PlanSelect value={plan} onChange={(next) => filter({ plan: next })} />
          <Select
            label={text.columns.outcome}
            value={result ?? ''}
            onChange={(next) => filter({ result: next })}
            options={[
              { value: '', label: common.all },
              ...results.map((value) => ({ value, label: text.outcomes[value] })),
            ]}
          />
          <TextField
            label={text.from}
            type="date"
            value={from ?? ''}
            onChange={(next) => filter({ from: next })}
          />
          <TextField label={text.to} type="date" value={to ?? ''} onChange={(next) => filter({ to: next })} />
        </Filters>
      </Card>
      {(trend.data?.items.length ?? 0) > 0 && (
        <Card
          title={text.trend.title}
          {...(trend.data?.nextCursor !== undefined && { lead: text.trend.newest(inTrend) })}
        >
          <Trend drills={trend.data?.items ?? []} />
        </Card>
      )}
      <Card title={text.listTitle}>
        <Loaded of={drills} lines={8}>
          {({ items, nextCursor }) => (
            <>
              {items.length === 0 && nextCursor === undefined ? (
                <Empty title={active ? text.noneMatch : text.none}>{!active && <p>{text.noneNext}</p>}</Empty>
              ) : (
                <List drills={items} busy={drills.isPlaceholderData} />
              )}
              <CursorPager cursor={cursor} next={nextCursor} go={go} />
            </>
          )}
        </Loaded>
      </Card>
    </>
  );
}
