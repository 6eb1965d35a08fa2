/** Who hears of trouble: recipients of the whole stack, channels, how to add one, and a test per plan. */
import { useState } from 'react';
import { hasEnded, problemOfTask, useTask } from '../../api/tasks.ts';
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { text as textReader, useAddress } from '../../app/address.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { CodeBlock } from '../../kit/copy.tsx';
import { Note } from '../../kit/note.tsx';
import { PlanSelect } from '../../kit/plan-select.tsx';
import { ActProblem, Empty, Failure } from '../../kit/states.tsx';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';
import { channelCommand, channelInPlan } from './commands.ts';
import type { Settings } from './nag.ts';
import { toldOf } from './results.ts';

export function Notifications({ settings }: { readonly settings: Settings }) {
  const text = useText('settings').notifications;
  return (
    <>
      <Recipients recipients={settings.recipients} />
      <Channels channels={settings.channels} />
      <TestNotice />
      <Card title={text.add.title} lead={text.add.lead}>
        <CodeBlock label={text.add.secret}>{channelCommand}</CodeBlock>
        <CodeBlock label={text.add.plan}>{channelInPlan}</CodeBlock>
        <p className="small">{text.add.kinds}</p>
      </Card>
    </>
  );
}

function Recipients({ recipients }: Pick<Settings, 'recipients'>) {
  const text = useText('settings').notifications.recipients;
  return (
    <Card title={text.title} lead={text.lead}>
      {!recipients ? (
        <Note state="warning">{text.notKnown}</Note>
      ) : recipients.length === 0 ? (
        <Note state="critical" title={text.none}>
          <p>{text.noneNext}</p>
        </Note>
      ) : (
        <Table
          label={text.title}
          rows={recipients}
          keyOf={({ address }) => address}
          columns={[
            { id: 'address', header: text.address, heads: true, cell: ({ address }) => address },
            {
              id: 'confirmed',
              header: text.state,
              cell: ({ confirmed }) => (
                <Badge tone={confirmed ? 'well' : 'warning'}>
                  {confirmed ? text.confirmed : text.waiting}
                </Badge>
              ),
            },
          ]}
        />
      )}
      {recipients?.some(({ confirmed }) => !confirmed) && <p className="small">{text.waitingNext}</p>}
    </Card>
  );
}

function Channels({ channels }: Pick<Settings, 'channels'>) {
  const text = useText('settings').notifications.channels;
  const kinds: Readonly<Record<string, string>> = text.kinds;
  return (
    <Card title={text.title} lead={text.lead}>
      {channels.length === 0 ? (
        <Empty title={text.none}>
          <p>{text.noneNext}</p>
        </Empty>
      ) : (
        <Table
          label={text.title}
          rows={channels}
          keyOf={({ kind, name }) => `${kind} ${name ?? ''}`}
          columns={[
            {
              id: 'name',
              header: text.name,
              heads: true,
              cell: ({ name, kind }) => name ?? kinds[kind] ?? kind,
            },
            { id: 'kind', header: text.kind, cell: ({ kind }) => kinds[kind] ?? kind },
            { id: 'plans', header: text.plans, align: 'end', cell: ({ plans }) => plans },
          ]}
        />
      )}
    </Card>
  );
}

const readers = { notice: textReader };

/** Everybody whom a plan names gets a test message; what came of each is said. */
function TestNotice() {
  const text = useText('settings').notifications.test;
  const api = useClient();
  const act = useAct();
  const [{ notice }, go] = useAddress(readers);
  const [planId, setPlanId] = useState<string>();
  const send = async () => {
    if (planId === undefined) return;
    const started = await act.run(
      (key) =>
        api.POST('/v1/plans/{planId}/test', {
          params: { path: { planId }, header: { 'idempotency-key': key } },
          body: { notify: true },
        }),
      { say: text.started },
    );
    if (started) go({ notice: started.taskId });
  };
  return (
    <Card title={text.title} lead={text.lead}>
      <div className="filters">
        <PlanSelect value={planId} onChange={setPlanId} required />
        <Button
          needs="operator"
          whyNot={planId === undefined ? text.choose : undefined}
          running={act.running}
          onPress={() => void send()}
        >
          {text.send}
        </Button>
      </div>
      <ActProblem act={act} />
      {notice !== undefined && <Told taskId={notice} />}
    </Card>
  );
}

function Told({ taskId }: { readonly taskId: string }) {
  const text = useText('settings').notifications.test;
  const task = useTask(taskId);
  const { data } = task;
  if (task.error && !data) return <Failure problem={task.error} onRetry={() => void task.refetch()} />;
  if (data?.status === 'failed') return <Failure problem={problemOfTask(data)} />;
  if (!data || !hasEnded(data))
    return (
      <div aria-live="polite">
        <Note state="info">{text.going}</Note>
      </div>
    );
  const told = toldOf(data.result) ?? [];
  if (told.length === 0) return <Note state="warning">{text.nobody(data.planId ?? '')}</Note>;
  return (
    <div aria-live="polite">
      <Table
        label={text.title}
        rows={told}
        keyOf={({ kind, name }) => `${kind} ${name}`}
        columns={[
          { id: 'name', header: text.who, heads: true, cell: ({ name }) => name },
          {
            id: 'ok',
            header: text.outcome,
            cell: ({ ok }) => <Badge tone={ok ? 'well' : 'critical'}>{ok ? text.told : text.notTold}</Badge>,
          },
          {
            id: 'detail',
            header: text.detail,
            cell: ({ detail, next }) => (
              <span>
                {detail} {next}
              </span>
            ),
          },
        ]}
      />
    </div>
  );
}
