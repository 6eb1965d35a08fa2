/** A drill now: of which plan, of which recovery point (its newest), and what it will do. */
import { useState } from 'react';
import { useApi, useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Confirm } from '../../kit/confirm.tsx';
import { PlanSelect } from '../../kit/plan-select.tsx';
import { Failure, Loading } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';

export function Start({
  plan,
  onStarted,
  onClose,
}: {
  readonly plan: string | undefined;
  readonly onStarted: (taskId: string) => void;
  readonly onClose: () => void;
}) {
  const text = useText('drills').start;
  const api = useClient();
  const act = useAct();
  const [planId, setPlanId] = useState(plan);
  const newest = useApi(
    '/v1/backups',
    { params: { query: { plan: planId, status: 'completed', limit: 1 } } },
    { when: planId !== undefined },
  );
  const point = planId === undefined ? undefined : newest.data?.items[0];
  const start = async () => {
    if (!point) return;
    const { backupId } = point;
    const started = await act.run(
      (key) =>
        api.POST('/v1/backups/{backupId}/verify', {
          params: { path: { backupId }, header: { 'idempotency-key': key } },
          body: { level: 'restored' },
        }),
      { forget: ['/v1/drills', '/v1/overview'], say: text.started },
    );
    if (started) onStarted(started.taskId);
  };
  return (
    <Confirm
      title={text.title}
      confirmLabel={text.confirm}
      act={act}
      ready={point !== undefined}
      onConfirm={() => void start()}
      onClose={onClose}
    >
      <p>{text.text}</p>
      <PlanSelect value={planId} onChange={setPlanId} required />
      <div aria-live="polite">
        {planId !== undefined && newest.isLoading && <Loading lines={1} />}
        {newest.error && <Failure problem={newest.error} onRetry={() => void newest.refetch()} />}
        {point && (
          <p>
            {text.newest} <When at={point.slot} both />
          </p>
        )}
        {planId !== undefined && newest.data && !point && <p>{text.noPoint}</p>}
      </div>
    </Confirm>
  );
}
