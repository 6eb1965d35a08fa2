/** What can be done with a plan. Each asks once, and says what will be. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { type Schemas, useClient, useForget } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Button } from '../../kit/button.tsx';
import { Confirm } from '../../kit/confirm.tsx';
import { TextArea } from '../../kit/fields.tsx';
import { Link } from '../../kit/link.tsx';
import { useText } from '../../text/text.ts';

type Row = Schemas['Plan'];
type Asked = 'backUp' | 'pause' | 'resume' | 'enable' | 'disable' | 'remove';

const touched = ['/v1/plans', '/v1/overview', '/v1/stats', '/v1/retention'] as const;
const shortestReason = 3;

export function Actions({ row, isRunning }: { readonly row: Row; readonly isRunning: boolean }) {
  const text = useText('plan').actions;
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked>();
  const { id: planId, enabled } = row.plan;
  const close = () => setAsked(undefined);
  return (
    <>
      <Button
        kind="primary"
        icon="run"
        needs="operator"
        whyNot={isRunning ? text.runsNow : undefined}
        onPress={() => setAsked('backUp')}
      >
        {text.backUp}
      </Button>
      <Link to="/restore" search={{ plan: planId } as never} className="button">
        {text.restore}
      </Link>
      <Button needs="admin" onPress={() => void navigate({ to: '/plans/$planId/edit', params: { planId } })}>
        {text.edit}
      </Button>
      <Button
        needs="admin"
        icon={row.paused ? 'run' : 'paused'}
        onPress={() => setAsked(row.paused ? 'resume' : 'pause')}
      >
        {row.paused ? text.resume : text.pause}
      </Button>
      <Button needs="admin" onPress={() => setAsked(enabled ? 'disable' : 'enable')}>
        {enabled ? text.disable : text.enable}
      </Button>
      <Button needs="admin" onPress={() => setAsked('remove')}>
        {text.remove}
      </Button>
      {asked === 'backUp' && <BackUp row={row} onClose={close} />}
      {asked === 'pause' && <Pause row={row} onClose={close} />}
      {(asked === 'resume' || asked === 'enable' || asked === 'disable') && (
        <Switch row={row} to={asked} onClose={close} />
      )}
      {asked === 'remove' && <Remove row={row} onClose={close} />}
    </>
  );
}

interface Asking {
  readonly row: Row;
  readonly onClose: () => void;
}

const nameOf = ({ plan }: Row) => plan.name ?? plan.id;

function BackUp({ row, onClose }: Asking) {
  const text = useText('plan').backUp;
  const api = useClient();
  const act = useAct();
  const navigate = useNavigate();
  const start = async () => {
    const started = await act.run(
      (key) =>
        api.POST('/v1/backups', {
          body: { plan: row.plan.id },
          params: { header: { 'idempotency-key': key } },
        }),
      { forget: ['/v1/overview', '/v1/backups', '/v1/plans'], say: text.started(nameOf(row)) },
    );
    if (!started) return;
    onClose();
    await navigate({ to: '/runs/$backupId', params: { backupId: started.backupId } });
  };
  return (
    <Confirm
      title={text.title(nameOf(row))}
      confirmLabel={text.confirm}
      act={act}
      onConfirm={() => void start()}
      onClose={onClose}
    >
      <p>{text.text}</p>
    </Confirm>
  );
}

function Pause({ row, onClose }: Asking) {
  const text = useText('plan').pause;
  const api = useClient();
  const act = useAct();
  const [reason, setReason] = useState('');
  const pause = async () => {
    const path = { planId: row.plan.id };
    const done = await act.run(
      () => api.POST('/v1/plans/{planId}/pause', { params: { path }, body: { reason: reason.trim() } }),
      { forget: touched, say: text.done(nameOf(row)) },
    );
    if (done) onClose();
  };
  return (
    <Confirm
      title={text.title(nameOf(row))}
      confirmLabel={text.confirm}
      act={act}
      ready={reason.trim().length >= shortestReason}
      onConfirm={() => void pause()}
      onClose={onClose}
    >
      <p>{text.text}</p>
      <TextArea label={text.reason} hint={text.hint} value={reason} onChange={setReason} rows={3} required />
    </Confirm>
  );
}

function Switch({ row, to, onClose }: Asking & { readonly to: 'resume' | 'enable' | 'disable' }) {
  const text = useText('plan')[to];
  const api = useClient();
  const act = useAct();
  const turn = async () => {
    const init = { params: { path: { planId: row.plan.id } } };
    const done = await act.run<unknown>(
      () => {
        if (to === 'resume') return api.POST('/v1/plans/{planId}/resume', init);
        if (to === 'enable') return api.POST('/v1/plans/{planId}/enable', init);
        return api.POST('/v1/plans/{planId}/disable', init);
      },
      { forget: touched, say: text.done(nameOf(row)) },
    );
    if (done) onClose();
  };
  return (
    <Confirm
      title={text.title(nameOf(row))}
      confirmLabel={text.confirm}
      act={act}
      onConfirm={() => void turn()}
      onClose={onClose}
    >
      <p>{text.text}</p>
    </Confirm>
  );
}

function Remove({ row, onClose }: Asking) {
  const text = useText('plan').remove;
  const api = useClient();
  const act = useAct();
  const navigate = useNavigate();
  const { id: planId } = row.plan;
  const remove = async () => {
    const done = await act.run(
      async () => {
        const { response } = await api.DELETE('/v1/plans/{planId}', {
          params: { path: { planId }, header: { 'if-match': `"${row.revision}"` } },
        });
        return { data: true, response };
      },
      { say: text.done(nameOf(row)) },
    );
    if (!done) return;
    // The page of what is gone is left before anything asks for it again.
    await navigate({ to: '/plans' });
    await forget(...touched);
  };
  const forget = useForget();
  return (
    <Confirm
      title={text.title(nameOf(row))}
      confirmLabel={text.confirm}
      danger
      typed={planId}
      act={act}
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      <p>
        <strong>{text.stay}</strong>
      </p>
      <p>{text.goes}</p>
    </Confirm>
  );
}
