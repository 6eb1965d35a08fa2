/** What happened to an alert, in its order; and what else was wrong with the same plan. */
import { useApi } from '../../api/use-api.ts';
import { Card } from '../../kit/card.tsx';
import { Loaded } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import type { Alert } from '../alerts/delivery.ts';
import { AlertList } from '../alerts/list.tsx';
import style from './alert.module.css';
import { historyOf } from './next-step.ts';

const mostOthers = 10;

export function Happenings({ alert }: { readonly alert: Alert }) {
  const text = useText('alert');
  const { times } = useText('alerts');
  const { events } = text;
  return (
    <Card title={text.history}>
      <ol className={style.history}>
        {historyOf(alert).map(({ what, at, by = '' }) => (
          <li key={what}>
            <strong>
              {what === 'told'
                ? events.told(times(alert.timesTold))
                : what === 'acknowledged'
                  ? events.acknowledged(by)
                  : events[what]}
            </strong>
            <When at={at} both />
          </li>
        ))}
      </ol>
    </Card>
  );
}

export function Others({ planId, alertId }: { readonly planId: string; readonly alertId: string }) {
  const text = useText('alert');
  const others = useApi('/v1/alerts', {
    params: { query: { state: 'all', plan: planId, limit: mostOthers + 1 } },
  });
  return (
    <Card title={text.earlier}>
      <Loaded of={others} lines={3}>
        {({ items }) => {
          const found = items.filter((each) => each.alertId !== alertId).slice(0, mostOthers);
          return found.length === 0 ? (
            <p className="quiet">{text.earlierNone}</p>
          ) : (
            <AlertList alerts={found} label={text.earlierLabel} busy={false} />
          );
        }}
      </Loaded>
    </Card>
  );
}
