/** What is kept and what it costs, how it grows, and how runs went; an estimate, which says what it leaves out. */
import { useApi } from '../../api/use-api.ts';
import { oneOf, text as textReader, useAddress } from '../../app/address.ts';
import { Card, Columns } from '../../kit/card.tsx';
import { Select } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { PlanSelect } from '../../kit/plan-select.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import { Cost } from './cost.tsx';
import { Forecast } from './forecast.tsx';
import type { Stats } from './growth.ts';
import { ByPlan, Shares } from './kept.tsx';
import { Summary } from './summary.tsx';
import { Growth, Lasting, Success } from './trends.tsx';

/** The API tells of 90 days at most. */
const spans = ['7', '30', '90'] as const;
const readers = { plan: textReader, days: oneOf(...spans) };
const usual = '30';
/** Counted once an hour. */
const restMs = 300_000;

export default function StoragePage() {
  const text = useText('storage');
  const [{ plan, days = usual }, go] = useAddress(readers);
  const stats = useApi(
    '/v1/stats',
    { params: { query: { days: Number(days), plan } } },
    { every: restMs, keepPrevious: true },
  );
  return (
    <Page title={text.title} lead={text.lead}>
      <Card>
        <Filters
          active={plan !== undefined || days !== usual}
          onClear={() => go({ plan: undefined, days: undefined })}
        >
          <PlanSelect value={plan} onChange={(next) => go({ plan: next })} />
          <Select
            label={text.days}
            value={days}
            onChange={(next) => go({ days: next === usual ? undefined : next })}
            options={spans.map((value) => ({ value, label: text.lastDays(Number(value)) }))}
          />
        </Filters>
      </Card>
      <Loaded of={stats} lines={10}>
        {(found) =>
          found.plans.total === 0 ? (
            <Empty title={text.none}>
              <Link to="/plans">{text.toPlans}</Link>
            </Empty>
          ) : (
            <Figures stats={found} plan={plan} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Figures({ stats, plan }: { readonly stats: Stats; readonly plan: string | undefined }) {
  const text = useText('storage');
  const { tiers, kinds } = useText('common');
  return (
    <>
      {!stats.whole && <Note state="warning">{text.notWhole}</Note>}
      <Summary stats={stats} />
      <Card title={text.growth.title}>
        <Growth stats={stats} />
        <Forecast stats={stats} />
      </Card>
      <Columns>
        <Card title={text.success.title}>
          <Success stats={stats} />
        </Card>
        <Card title={text.lasting.title}>
          <Lasting stats={stats} />
        </Card>
      </Columns>
      {plan === undefined && <ByPlan stats={stats} />}
      <Columns>
        <Shares title={text.byTier} of={stats.byTier} names={tiers} total={stats.kept.storedBytes} />
        {plan === undefined && (
          <Shares title={text.byKind} of={stats.byKind} names={kinds} total={stats.kept.storedBytes} />
        )}
      </Columns>
      <Cost stats={stats} />
    </>
  );
}
