/** What keeps a restore from its end, or ended it otherwise: what it waits for, why it failed, and the next step. */
import type { Schemas } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { addressOf } from '../restore/choices.ts';
import type { Restore } from './restore.ts';

export function Waiting({ of }: { readonly of: NonNullable<Restore['waitingFor']> }) {
  const text = useText('restoreLive').waiting;
  const format = useFormat();
  return (
    <Note state="info" title={text.title}>
      <p>{text.text(format.number(of.objects), format.bytes(of.bytes))}</p>
      <p>
        {text.expected} <When at={of.expectedAt} both />
      </p>
      <p className="small">{text.asked(format.dateTime(of.requestedAt), format.usd(of.estimatedCostUsd))}</p>
    </Note>
  );
}

export function Ended({
  restore,
  error,
}: {
  readonly restore: Restore;
  readonly error: Schemas['RowError'] | undefined;
}) {
  const text = useText('restoreLive').ended;
  const isCancelled = restore.status === 'cancelled';
  return (
    <div role="alert">
      <Note
        state={isCancelled ? 'warning' : 'critical'}
        title={isCancelled ? text.cancelled : restore.dead ? text.dead : text.failed}
        actions={
          <Link
            className="button button-primary"
            to="/restore"
            search={{ ...addressOf(restore.request), step: 'check' } as never}
          >
            {text.again}
          </Link>
        }
      >
        {error && <p>{error.message}</p>}
        {error?.next !== undefined && (
          <p>
            <strong>{text.next}</strong> {error.next}
          </p>
        )}
        {error && (
          <p className="small">
            {error.code} · {restore.correlationId}
          </p>
        )}
      </Note>
    </div>
  );
}
