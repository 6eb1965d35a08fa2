/**
 * One sentence that says what will happen, what goes, a restore point before it goes, its name typed, and one press. The
 * press is this order's: again after a reload, in a second tab or on another device it comes to the same restore.
 */
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useApi, useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useNow } from '../../app/now.ts';
import { useSignedIn } from '../../app/session-context.ts';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { CodeBlock } from '../../kit/copy.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { ActProblem, Failure, Loading } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import type { Journey } from './address.ts';
import { type Preview, useDryRun } from './asked.ts';
import { wishOf } from './choices.ts';
import { isStale, newOrder, orderedSince, toType } from './journey.ts';
import { named } from './named.ts';
import styles from './restore.module.css';
import { pointWhyNot, RestorePoint, useMadePoint } from './restore-point.tsx';
import { Sentence } from './sentence.tsx';
import type { Subject } from './subject.ts';
import { TypedNames } from './typed-names.tsx';

/** Somebody may order the same elsewhere while this page is open. */
const restoresEveryMs = 10_000;

export function ConfirmStep({ journey, subject }: { readonly journey: Journey; readonly subject: Subject }) {
  const { choices, address, note } = journey;
  const { point = '' } = choices;
  const { order } = address;
  const { kind, isLooking } = subject;
  const now = useNow();
  useEffect(() => {
    if (order === undefined) note({ order: newOrder(new Date(), crypto.randomUUID()) });
  }, [order, note]);
  const asked = { backupId: point, wish: wishOf(choices, kind), without: address.without === true };
  const preview = useDryRun(asked, !isLooking);
  if (order === undefined || preview.isPending) return <Loading lines={6} />;
  if (!preview.data)
    return (
      <>
        {preview.error && <Failure problem={preview.error} onRetry={() => void preview.refetch()} />}
        <NoPress journey={journey} />
      </>
    );
  if (isStale(order, now)) return <Old journey={journey} />;
  return <Confirm {...{ journey, subject, order }} preview={preview.data} />;
}

function NoPress({ journey }: { readonly journey: Journey }) {
  const text = useText('restore');
  return (
    <div className={styles.next}>
      <Button icon="back" onPress={() => journey.goTo('target')}>
        {text.back}
      </Button>
    </div>
  );
}

/** An order of yesterday: the place may be another one by now, and its key is good no more. */
function Old({ journey }: { readonly journey: Journey }) {
  const text = useText('restore').confirm.old;
  return (
    <Note
      state="warning"
      title={text.title}
      actions={
        <Button kind="primary" onPress={() => journey.goTo('check', {})}>
          {text.action}
        </Button>
      }
    >
      <p>{text.text}</p>
    </Note>
  );
}

function Confirm({
  journey,
  subject,
  order,
  preview,
}: {
  readonly journey: Journey;
  readonly subject: Subject;
  readonly order: string;
  readonly preview: Preview;
}) {
  const all = useText('restore');
  const text = all.confirm;
  const { me } = useSignedIn();
  const api = useClient();
  const act = useAct();
  const navigate = useNavigate();
  const { choices, address, note } = journey;
  const { plan = '', point = '' } = choices;
  const { made, without = false } = address;
  const { destruction, role } = preview;
  const [saidAll, setSaidAll] = useState(false);
  const restores = useApi(
    '/v1/restores',
    { params: { query: { plan, limit: 20 } } },
    { every: restoresEveryMs },
  );
  const wish = wishOf(choices, subject.kind);
  const already = orderedSince(restores.data?.items ?? [], {
    ...{ order, backupId: point, wish },
    besides: address.besides,
  });
  const madePoint = useMadePoint(made);

  const ask = async () => {
    const answer = await api.POST('/v1/backups/{backupId}/restore', {
      params: { path: { backupId: point }, header: { 'idempotency-key': order } },
      body: {
        ...wish,
        ...(destruction && { confirmed: destruction.places }),
        ...(destruction && preview.restorePoint?.needed && made !== undefined && { restorePoint: made }),
        ...(destruction && without && { withoutRestorePoint: true }),
      },
    });
    // Here and not behind the press: after a fresh sign-in it is asked once more, and goes on as well.
    if (answer.data && 'restoreId' in answer.data) {
      const { restoreId } = answer.data;
      void navigate({ to: '/restores/$restoreId', params: { restoreId } });
    }
    return answer;
  };
  const press = () => act.run(ask, { forget: ['/v1/restores', '/v1/overview'], say: text.started });

  if (already) {
    return (
      <Note
        state="info"
        title={text.already.title}
        actions={
          <>
            <Link
              className="button button-primary"
              to="/restores/$restoreId"
              params={{ restoreId: already.restoreId }}
            >
              {text.already.look}
            </Link>
            <Button
              onPress={() =>
                note({
                  order: newOrder(new Date(), crypto.randomUUID()),
                  besides: already.restoreId,
                })
              }
            >
              {text.already.another}
            </Button>
          </>
        }
      >
        <p>{text.already.text(already.createdBy, already.restoreId)}</p>
      </Note>
    );
  }

  const whyNot =
    restores.isPending && !restores.isError
      ? text.looking
      : (pointWhyNot(preview, madePoint.data?.status, made, without, text.whyNot) ??
        (destruction && !saidAll ? text.whyNot.typed : undefined));
  const mayNot = role === 'admin' && me.role !== 'admin';
  return (
    <>
      <Sentence preview={preview} subject={subject} />
      {preview.warnings.map((warning) => (
        <Note key={warning} state="warning">
          <p>{warning}</p>
        </Note>
      ))}
      {preview.archiveWords && (
        <Note state="warning" title={text.archive}>
          {preview.archiveWords.map((words) => (
            <p key={words}>{words}</p>
          ))}
        </Note>
      )}
      <Card title={text.steps} level={3}>
        <ol className={styles.steps}>
          {preview.steps.map((words) => (
            <li key={words}>{named(words, subject.database)}</li>
          ))}
        </ol>
      </Card>
      {mayNot && (
        <Note state="warning" title={text.needsAdmin.title}>
          <p>{text.needsAdmin.text}</p>
          <CodeBlock label={text.needsAdmin.address}>{window.location.href}</CodeBlock>
        </Note>
      )}
      {destruction && <RestorePoint {...{ journey, preview, order }} made={madePoint} />}
      {destruction && <TypedNames wanted={toType(destruction.places, plan)} onSaid={setSaidAll} />}
      <ActProblem act={act} />
      {act.problem?.code === 'IDEMPOTENCY_MISMATCH' && (
        <Note state="info" title={text.mismatch.title}>
          <p>
            {text.mismatch.text}{' '}
            <Link to="/restores" search={{ plan } as never}>
              {text.mismatch.look}
            </Link>
          </p>
        </Note>
      )}
      <div className={styles.next}>
        <Button icon="back" onPress={() => journey.goTo('check')}>
          {all.back}
        </Button>
        <Button
          kind={destruction ? 'danger' : 'primary'}
          icon="restore"
          needs={role}
          {...{ whyNot }}
          running={act.running}
          onPress={() => void press()}
        >
          {destruction ? text.pressOver : text.press}
        </Button>
      </div>
      {whyNot !== undefined && (
        // Said by the button as well: here for who cannot point at it.
        <p className="small" aria-hidden="true">
          {whyNot}
        </p>
      )}
      <p className="small">{text.once}</p>
    </>
  );
}
