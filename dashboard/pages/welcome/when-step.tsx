/** When it runs and how long backups stay: a choice of three, and defaults in words. Then the plan is made. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { ApiProblem } from '../../api/problem.ts';
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { useWhyNot } from '../../app/session-context.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Card, Facts } from '../../kit/card.tsx';
import { Choices, Select } from '../../kit/fields.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { ActProblem, Failure } from '../../kit/states.tsx';
import { useText } from '../../text/text.ts';
import type { Welcome } from './address.ts';
import { type PlanInput, planOf, schedules } from './draft.ts';

const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export function WhenStep({ welcome: { draft, go } }: { readonly welcome: Welcome }) {
  const text = useText('welcome');
  const words = text.when;
  const api = useClient();
  const act = useAct();
  const plan = planOf(draft);
  const zones = [...new Set([draft.zone, ownZone, 'UTC'])];
  const create = async () => {
    const made = await act.run(
      (key) => api.POST('/v1/plans', { body: plan, params: { header: { 'idempotency-key': key } } }),
      { forget: ['/v1/plans', '/v1/overview'], say: words.created(draft.plan) },
    );
    if (made) go({ step: 'backup', test: undefined }, 'push');
  };
  const isThere = act.problem?.code === 'CONFLICT';
  return (
    <Card title={text.step.when} lead={words.lead}>
      <div className="form">
        <Choices
          label={words.schedule}
          value={draft.schedule}
          onChange={(next) => go({ schedule: next })}
          choices={schedules.map((value) => ({
            value,
            label: words.schedules[value],
            hint: words.scheduleHints[value],
          }))}
        />
        <Select
          label={words.zone}
          hint={words.zoneHint}
          value={draft.zone}
          onChange={(next) => go({ zone: next })}
          options={zones.map((value) => ({ value, label: value }))}
        />
        <Preview plan={plan} zone={draft.zone} />
        <Facts
          facts={[
            [words.keep, words.keepText],
            [words.prove, words.proveText],
            [words.tell, words.tellText],
          ]}
        />
        {isThere ? (
          <Note
            state="warning"
            title={words.there(draft.plan)}
            actions={
              <>
                <Button small onPress={() => go({ step: 'backup' }, 'push')}>
                  {words.toBackup}
                </Button>
                <Button small onPress={() => go({ step: undefined }, 'push')}>
                  {words.otherId}
                </Button>
              </>
            }
          >
            <p>{words.thereText}</p>
          </Note>
        ) : (
          <ActProblem act={act} />
        )}
        <div className="actions">
          <Button kind="primary" needs="admin" running={act.running} onPress={() => void create()}>
            {words.create}
          </Button>
          <Button onPress={() => go({ step: 'test' }, 'push')}>{text.back}</Button>
          <Link to="/plans/new">{text.editor}</Link>
        </div>
      </div>
    </Card>
  );
}

/** The API says when it would run, and what is wrong with the plan, without making it. Administrators may ask. */
function Preview({ plan, zone }: { readonly plan: PlanInput; readonly zone: string }) {
  const text = useText('welcome').when;
  const format = useFormat();
  const api = useClient();
  const mayAsk = useWhyNot('admin') === undefined;
  const preview = useQuery<readonly string[], ApiProblem>({
    queryKey: ['/v1/plans', 'dry run', plan],
    enabled: mayAsk,
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const { data } = await api.POST('/v1/plans', {
        body: plan,
        params: { query: { dryRun: 'true' } },
        signal,
      });
      return data?.nextRuns ?? [];
    },
  });
  if (preview.error) return <Failure problem={preview.error} onRetry={() => void preview.refetch()} />;
  if (!preview.data) return null;
  return (
    <Facts
      facts={[
        [
          text.next,
          <ol key="next">
            {preview.data.map((at) => (
              <li key={at}>
                <time dateTime={at}>{format.dateTime(at, zone)}</time>
              </li>
            ))}
          </ol>,
        ],
      ]}
    />
  );
}
