/** What goes is backed up before: made here and waited for, or one of today taken, or given up in so many words. */
import { useRef } from 'react';
import { type Schemas, useApi, useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Checkbox } from '../../kit/fields.tsx';
import { Note } from '../../kit/note.tsx';
import { Progress } from '../../kit/progress.tsx';
import { ActProblem } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import type { Preview } from './asked.ts';

const everyMs = 3_000;

/** The restore point in the address, until it is made. Not found while its function has not begun. */
export const useMadePoint = (made: string | undefined) =>
  useApi(
    '/v1/backups/{backupId}',
    { params: { path: { backupId: made ?? '' } } },
    {
      when: made !== undefined,
      every: (row) => (row?.status === 'completed' || row?.status === 'failed' ? false : everyMs),
    },
  );

type Made = ReturnType<typeof useMadePoint>;
type Status = Schemas['Backup']['status'];

/** Why it cannot be ordered yet, by what the dry run says of a restore point. */
export function pointWhyNot(
  { destruction, restorePoint }: Preview,
  status: Status | undefined,
  made: string | undefined,
  without: boolean,
  words: { readonly point: string; readonly making: string },
): string | undefined {
  if (!destruction || without || !restorePoint?.needed) return undefined;
  if (status === 'completed') return undefined;
  return made !== undefined && status !== 'failed' && status !== 'expired' ? words.making : words.point;
}

export function RestorePoint({
  journey,
  preview,
  order,
  made: row,
}: {
  readonly journey: Journey;
  readonly preview: Preview;
  readonly order: string;
  readonly made: Made;
}) {
  const text = useText('restore').confirm.point;
  const { address, note } = journey;
  const { made, without = false } = address;
  const { needed = false, plan, only, label, doubt, why } = preview.restorePoint ?? {};
  const api = useClient();
  const act = useAct();
  const canMake = needed && plan !== undefined && label !== undefined;
  const hasFailed = row.data?.status === 'failed' || row.data?.status === 'expired';
  const place = useRef<HTMLDivElement>(null);
  const make = async () => {
    // Two devices with this address make one; after one that failed another is made.
    const key = `${order}.point${made === undefined ? '' : `.${made}`}`;
    const requested = await act.run(
      () =>
        api.POST('/v1/restore-points', {
          params: { header: { 'idempotency-key': key } },
          body: { plan: plan ?? '', label: label ?? '', ...(only && { only }) },
        }),
      { forget: ['/v1/restore-points'] },
    );
    if (!requested) return;
    note({ made: requested.backupId });
    // The button that was pressed goes.
    place.current?.focus();
  };
  if (!needed && !without) return why === undefined ? null : <Note state="info" title={why} />;
  return (
    <Card title={text.title} level={3} lead={canMake ? text.lead : undefined}>
      {why !== undefined && !without && (
        <Note state="warning" title={text.impossible}>
          <p>{why}</p>
        </Note>
      )}
      {doubt !== undefined && (
        <Note state="warning">
          <p>{doubt}</p>
        </Note>
      )}
      {canMake && !without && (
        <>
          <div ref={place} tabIndex={-1}>
            <Making row={row} made={made} />
          </div>
          {(made === undefined || hasFailed) && (
            <>
              <div>
                <Button kind="primary" needs="operator" running={act.running} onPress={() => void make()}>
                  {hasFailed ? text.makeAgain : text.make}
                </Button>
              </div>
              <OfToday plan={plan} onTake={(backupId) => note({ made: backupId })} except={made} />
            </>
          )}
          <ActProblem act={act} />
        </>
      )}
      <Checkbox
        label={text.without.label}
        hint={text.without.hint}
        checked={without}
        onChange={(on) => note({ without: on || undefined })}
      />
    </Card>
  );
}

function Making({ row, made }: { readonly row: Made; readonly made: string | undefined }) {
  const text = useText('restore').confirm.point;
  const format = useFormat();
  if (made === undefined) return null;
  const { data } = row;
  const { plainBytes, estimatedBytes = 0, step } = data?.progress ?? {};
  if (data?.status === 'completed') {
    return (
      <div role="status">
        <Note state="well" title={text.made}>
          <p>
            <When at={data.completedAt ?? data.slot} both /> · {data.backupId}
          </p>
        </Note>
      </div>
    );
  }
  if (data?.status === 'failed' || data?.status === 'expired') {
    return (
      <div role="alert">
        <Note state="critical" title={text.failed}>
          <p>{data.error?.message}</p>
          {data.error?.next !== undefined && <p>{data.error.next}</p>}
        </Note>
      </div>
    );
  }
  // Not there yet is no failure: its function begins within seconds.
  const isAway = row.error !== null && row.error.status !== 404;
  return (
    <div aria-live="polite">
      <Progress
        label={data ? text.making : text.begins}
        value={plainBytes}
        max={estimatedBytes}
        {...(plainBytes !== undefined && { text: `${format.bytes(plainBytes)} · ${step ?? ''}` })}
      />
      {isAway && <p className="small">{row.error.message}</p>}
    </div>
  );
}

const dayMs = 24 * 3_600_000;

/** One that was made already, by this page on another day of trying, or by somebody else: the API says whether it does. */
function OfToday({
  plan,
  except,
  onTake,
}: {
  readonly plan: string;
  readonly except: string | undefined;
  readonly onTake: (backupId: string) => void;
}) {
  const text = useText('restore').confirm.point;
  const points = useApi('/v1/restore-points', {
    params: { query: { plan, status: 'completed', limit: 5 } },
  });
  const found = (points.data?.items ?? []).filter(
    ({ backupId, slot }) => backupId !== except && Date.now() - Date.parse(slot) < dayMs,
  );
  if (found.length === 0) return null;
  return (
    <div className="form">
      <p className="small">{text.ofToday}</p>
      {found.map(({ backupId, label, slot }) => (
        <div key={backupId}>
          <Button onPress={() => onTake(backupId)}>
            <span>
              {text.take} <When at={slot} />
              {label !== undefined && ` (${label})`}
            </span>
          </Button>
        </div>
      ))}
    </div>
  );
}
