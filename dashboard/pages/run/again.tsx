/** What can be done about a run: once more, the test of its plan, and the plan itself. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Schemas } from '../../api/use-api.ts';
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Button } from '../../kit/button.tsx';
import { Confirm } from '../../kit/confirm.tsx';
import { Link } from '../../kit/link.tsx';
import { useText } from '../../text/text.ts';

export function Again({ run: { planId, status } }: { readonly run: Schemas['Backup'] }) {
  const text = useText('run').again;
  const api = useClient();
  const act = useAct();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const start = async () => {
    const started = await act.run(
      (key) =>
        api.POST('/v1/backups', { body: { plan: planId }, params: { header: { 'idempotency-key': key } } }),
      { forget: ['/v1/backups', '/v1/overview'], say: text.started },
    );
    if (!started) return;
    setAsking(false);
    await navigate({ to: '/runs/$backupId', params: { backupId: started.backupId } });
  };
  const goesOn = status === 'running' || status === 'pending';
  return (
    <>
      <Link to="/plans/$planId" params={{ planId }} search={{ tab: 'test' } as never} className="button">
        {text.test}
      </Link>
      <Button
        kind={status === 'failed' ? 'primary' : 'plain'}
        icon="run"
        needs="operator"
        whyNot={goesOn ? text.goesOn : undefined}
        onPress={() => setAsking(true)}
      >
        {status === 'failed' ? text.retry : text.once}
      </Button>
      {asking && (
        <Confirm
          title={text.title(planId)}
          confirmLabel={text.confirm}
          act={act}
          onConfirm={() => void start()}
          onClose={() => setAsking(false)}
        >
          <p>{text.text}</p>
        </Confirm>
      )}
    </>
  );
}
