/** Saying that one sees to an alert, and taking that back. It stays visible, with the reason, for whom it is not. */
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Button } from '../../kit/button.tsx';
import { ActProblem } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import type { Alert } from './delivery.ts';

export function Acknowledge({ alert, small = true }: { readonly alert: Alert; readonly small?: boolean }) {
  const text = useText('alerts');
  const api = useClient();
  const act = useAct();
  const { alertId, acknowledged, title, planId } = alert;
  const what = planId === undefined ? title : `${title}, ${planId}`;
  const params = { path: { alertId } };
  const forget = ['/v1/alerts', '/v1/overview'];
  const press = () =>
    acknowledged
      ? act.run(() => api.POST('/v1/alerts/{alertId}/unacknowledge', { params }), {
          ...{ forget, say: text.takenBack },
        })
      : act.run(() => api.POST('/v1/alerts/{alertId}/acknowledge', { params }), {
          ...{ forget, say: text.acknowledged },
        });
  return (
    <>
      <Button
        small={small}
        needs="operator"
        running={act.running}
        label={acknowledged ? text.takeBackWhat(what) : text.acknowledgeWhat(what)}
        onPress={() => void press()}
      >
        {acknowledged ? text.takeBack : text.acknowledge}
      </Button>
      <ActProblem act={act} />
    </>
  );
}
