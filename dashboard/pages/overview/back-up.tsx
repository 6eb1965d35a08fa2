/** Having a plan backed up now, outside of its schedule: asked once, since it reads the whole source. */
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Confirm } from '../../kit/confirm.tsx';
import { useText } from '../../text/text.ts';
import type { Line } from './arrange.ts';

export default function BackUp({ plan, onClose }: { readonly plan: Line; readonly onClose: () => void }) {
  const text = useText('overview').backUp;
  const api = useClient();
  const act = useAct();
  const name = plan.name ?? plan.planId;
  const start = async () => {
    const started = await act.run(
      (key) =>
        api.POST('/v1/backups', {
          body: { plan: plan.planId },
          params: { header: { 'idempotency-key': key } },
        }),
      { forget: ['/v1/overview', '/v1/backups'], say: text.started(name) },
    );
    if (started) onClose();
  };
  return (
    <Confirm
      title={text.title(name)}
      confirmLabel={text.confirm}
      act={act}
      onConfirm={() => void start()}
      onClose={onClose}
    >
      <p>{text.text}</p>
    </Confirm>
  );
}
