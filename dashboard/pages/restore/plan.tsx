/** Which plan: each with its newest proven recovery point, so that a good one is found before anything else is known. */
import { useState } from 'react';
import { type Schemas, useApi } from '../../api/use-api.ts';
import { useNow } from '../../app/now.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Icon } from '../../kit/icon.tsx';
import { Link } from '../../kit/link.tsx';
import { PlanBadge } from '../../kit/state-badge.tsx';
import { Empty, Loaded } from '../../kit/states.tsx';
import { Pager } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import styles from './restore.module.css';

type Known = Schemas['OverviewPlan'];

export function PlanStep({ journey }: { readonly journey: Journey }) {
  const text = useText('restore').plan;
  const { address, note } = journey;
  const { cursor } = address;
  // Typed faster than an address changes.
  const [find, setFind] = useState(address.find ?? '');
  const narrow = (to: string) => {
    setFind(to);
    note({ find: to });
  };
  const overview = useApi(
    '/v1/overview',
    { params: { query: { limit: 200, ...(cursor && { cursor }) } } },
    { keepPrevious: true },
  );
  return (
    <>
      <Loaded of={overview} lines={6}>
        {({ plans, nextCursor }) => {
          const found = plans.filter((plan) => isNamed(plan, find));
          return (
            <>
              {(plans.length > 6 || find !== '') && (
                <TextField label={text.find} type="search" value={find} onChange={narrow} />
              )}
              {found.length === 0 && (
                <Empty title={plans.length === 0 ? text.none.title : text.notFound(find)}>
                  {plans.length === 0 ? (
                    <p>
                      {text.none.text} <Link to="/plans/new">{text.none.action}</Link>
                    </p>
                  ) : (
                    <Button onPress={() => narrow('')}>{text.showAll}</Button>
                  )}
                </Empty>
              )}
              <ul className={styles.plans}>
                {found.map((plan) => (
                  <li key={plan.planId}>
                    <PlanLink plan={plan} />
                  </li>
                ))}
              </ul>
              <Pager
                next={nextCursor !== undefined}
                isFirst={cursor === undefined}
                onNext={() => note({ cursor: nextCursor })}
                onFirst={() => note({ cursor: undefined })}
              />
            </>
          );
        }}
      </Loaded>
      <ByHand journey={journey} />
    </>
  );
}

const isNamed = ({ planId, name = '' }: Known, find: string) =>
  `${planId} ${name}`.toLowerCase().includes(find.trim().toLowerCase());

function PlanLink({ plan }: { readonly plan: Known }) {
  const text = useText('restore').plan;
  const { kinds } = useText('common');
  const format = useFormat();
  const now = useNow();
  const { planId, name, state, proven, lastGood } = plan;
  const at = (iso: string) => `${format.dateTime(iso)} (${format.relative(iso, now)})`;
  return (
    <Link to="/restore" search={{ plan: planId, step: 'point' } as never} className={styles.plan}>
      <span className={styles.planText}>
        <span className={styles.planName}>
          {name ?? planId} <PlanBadge state={state} />
        </span>
        <span className="small">
          {planId} · {plan.kinds.map((kind) => kinds[kind]).join(', ')}
        </span>
        <span className="small">{proven ? text.proven(at(proven.at)) : text.notProven}</span>
        <span className="small">{lastGood ? text.newest(at(lastGood.slot)) : text.noGood}</span>
      </span>
      <Icon name="next" />
    </Link>
  );
}

/** Backups outlive their plans: one that was deleted is on no list, and its backups are still there. */
function ByHand({ journey }: { readonly journey: Journey }) {
  const text = useText('restore').plan;
  const [planId, setPlanId] = useState('');
  return (
    <details className={styles.more}>
      <summary>{text.byHand.title}</summary>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          if (planId.trim() !== '') journey.goTo('point', { plan: planId.trim(), point: undefined });
        }}
      >
        <TextField label={text.byHand.label} hint={text.byHand.hint} value={planId} onChange={setPlanId} />
        <div>
          <Button type="submit" whyNot={planId.trim() === '' ? text.byHand.empty : undefined}>
            {text.byHand.action}
          </Button>
        </div>
      </form>
    </details>
  );
}
