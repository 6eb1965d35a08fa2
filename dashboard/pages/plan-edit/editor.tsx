/**
 * The editor of a plan: a form or a file of the same draft, tried and reviewed before it is saved. Promises: what was
 * typed is not lost, by a reload, by leaving, or to somebody else's change, which is never overwritten unseen.
 */
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { type Schemas, useClient, useForget } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { oneOf, useAddress } from '../../app/address.ts';
import { useTimeZone } from '../../app/preferences.ts';
import { useWhyNot } from '../../app/session-context.ts';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Page } from '../../kit/page.tsx';
import { ActProblem, Failure, Loading } from '../../kit/states.tsx';
import { Tabs } from '../../kit/tabs.tsx';
import { useText } from '../../text/text.ts';
import { changeOf, count } from '../plan/kept-days.ts';
import { Tried } from '../plan/tried.tsx';
import type { FileText } from './as-file.tsx';
import { type Base, beginningOf } from './beginning.ts';
import { Conflict } from './conflict.tsx';
import { at, type Fields, fitsForm, isSame, merged, withAt } from './draft.ts';
import { type Edit, EditContext, standing } from './edit.ts';
import { Form } from './form.tsx';
import { keep, readKept } from './kept.ts';
import { Leaving } from './leaving.tsx';
import { Review } from './review.tsx';

const AsFile = lazy(() => import('./as-file.tsx'));

type Row = Schemas['Plan'];
type Input = Schemas['PlanInputInput'];

const views = ['form', 'file'] as const;
const readers = {
  tab: oneOf(...views),
  // Numbers that were tried on the real history (pages/plan/retention.tsx).
  ...{ hourly: count, daily: count, weekly: count, monthly: count, yearly: count },
  ...{ days: count, manualDays: count },
};
const touched = ['/v1/plans', '/v1/overview', '/v1/stats', '/v1/retention'] as const;

const baseOf = ({ plan, revision }: Row): Base => ({ plan, revision });

export function Editor({ server }: { readonly server: Row | undefined }) {
  const text = useText('planEdit');
  const api = useClient();
  const navigate = useNavigate();
  const forget = useForget();
  const [timeZone] = useTimeZone();
  const mayNot = useWhyNot('admin');
  const [{ tab = 'form', ...tried }] = useAddress(readers);
  const planId = server?.plan.id;

  const [begun] = useState(() =>
    beginningOf({
      server: server && baseOf(server),
      kept: readKept(planId),
      tried: server ? changeOf(tried, server.plan.retention) : {},
      timeZone,
    }),
  );
  const [draft, setDraft] = useState(begun.draft);
  const [base, setBase] = useState(begun.base);
  const [isRestored, setRestored] = useState(begun.isRestored);
  const [file, setFile] = useState<FileText>();
  const [preview, setPreview] = useState<Schemas['PlanPreview']>();
  const [conflict, setConflict] = useState<{ readonly theirs: Row | undefined }>();
  const [lookFailed, setLookFailed] = useState<ApiProblem>();
  const [task, setTask] = useState<string>();
  const [testProblem, setTestProblem] = useState<ApiProblem>();
  const [look, setLook] = useState<{ readonly of: Fields; readonly by: 'review' | 'save' | 'test' }>();
  const [taken, setTaken] = useState<unknown>();
  const review = useAct();
  const save = useAct();

  const [unchanged] = useState(() =>
    server ? undefined : beginningOf({ server, kept: undefined, tried: {}, timeZone }),
  );
  const isDirty = !isSame(base?.plan ?? unchanged?.draft, draft);
  const left = useRef(false);
  const held = useRef(isDirty);
  useEffect(() => {
    held.current = isDirty;
    if (!left.current) keep(planId, isDirty ? { draft, ...(base && { base }) } : undefined);
  }, [isDirty, draft, base, planId]);
  const isHeld = useCallback(() => held.current && !left.current, []);
  const leave = useCallback(() => {
    left.current = true;
    keep(planId, undefined);
  }, [planId]);

  const isOther = base !== undefined && draft.id !== base.plan.id;
  // Of the last look alone: what an earlier one found may be mended.
  const refusals = useMemo(
    () => ({ review: review.problem, save: save.problem, test: testProblem }),
    [review.problem, save.problem, testProblem],
  );
  const issues = useMemo(
    () => [
      ...(look ? standing(refusals[look.by]?.issues ?? [], look.of, draft) : []),
      ...(isOther ? [{ field: 'id', allowed: text.basics.idFixed }] : []),
      ...(taken !== undefined && draft.id === taken
        ? [{ field: 'id', allowed: text.idTaken(String(taken)) }]
        : []),
    ],
    [refusals, look, draft, isOther, taken, text],
  );
  const broken = file?.of === draft ? file.problem : undefined;

  const done = async (id: string) => {
    leave();
    await navigate({ to: '/plans/$planId', params: { planId: id } });
    await forget(...touched);
  };

  /** What there is now, beside what was typed. */
  const meet = async (mine: Fields) => {
    setPreview(undefined);
    setLookFailed(undefined);
    if (planId === undefined) return;
    try {
      const { data } = await api.GET('/v1/plans/{planId}', { params: { path: { planId } } });
      // An answer that was lost on its way: it is saved.
      if (data && isSame(data.plan, mine)) await done(planId);
      else setConflict({ theirs: data });
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code === 'PLAN_NOT_FOUND') setConflict({ theirs: undefined });
      else setLookFailed(problem);
    }
  };

  const body = draft as unknown as Input;
  const askReview = async () => {
    setLook({ of: draft, by: 'review' });
    const found = await review.run(() =>
      api.POST('/v1/plans', { params: { query: { dryRun: 'true' } }, body }),
    );
    if (!found || !('action' in found)) return;
    if (base && found.revision !== base.revision) await meet(found.plan);
    else if (!base && found.action !== 'create') setTaken(draft.id);
    else {
      save.reset();
      setPreview(found);
    }
  };
  const put = async () => {
    setLook({ of: draft, by: 'save' });
    const saved = await save.run<unknown>(
      (key) =>
        base
          ? api.PUT('/v1/plans/{planId}', {
              params: {
                path: { planId: String(base.plan.id) },
                header: { 'if-match': `"${base.revision}"` },
              },
              body,
            })
          : api.POST('/v1/plans', { params: { header: { 'idempotency-key': key } }, body }),
      { say: text.saved },
    );
    if (saved) await done(String(draft.id));
  };
  const lost = base && save.problem && lostTo.has(save.problem.code) ? save.problem : undefined;
  const mine = useRef<Fields>(draft);
  mine.current = preview?.plan ?? mine.current;
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each refusal.
  useEffect(() => {
    if (lost) void meet(mine.current);
  }, [lost]);

  const wrong = useRef<HTMLDivElement>(null);
  const { problem: refused } = review;
  useEffect(() => {
    // Pressed at either end of the page: what is wrong is where one is now.
    if (refused || taken !== undefined) wrong.current?.focus();
  }, [refused, taken]);

  const edit = useMemo<Edit>(
    () => ({
      draft,
      isNew: planId === undefined,
      issues,
      set: (path, value) => setDraft((before) => withAt(before, path, value) as Fields),
    }),
    [draft, planId, issues],
  );
  const take = (next: Fields, from: Base | undefined) => {
    setDraft(next);
    setBase(from);
    setConflict(undefined);
    setRestored(false);
    review.reset();
    save.reset();
  };
  const whyNotSave = broken !== undefined ? text.notYaml : isDirty ? undefined : text.nothingChanged;
  const isBehind = !conflict && !left.current && server && base && server.revision > base.revision;
  const name = server && (server.plan.name ?? server.plan.id);
  const saveButton = (
    <Button
      kind="primary"
      needs="admin"
      running={review.running}
      whyNot={conflict ? text.conflict.first : whyNotSave}
      onPress={() => void askReview()}
    >
      {text.review.open}
    </Button>
  );
  return (
    <Page
      title={name === undefined ? text.titles.new : text.titles.edit(name)}
      above={
        planId === undefined ? (
          <Link to="/plans">{text.above}</Link>
        ) : (
          <Link to="/plans/$planId" params={{ planId }}>
            {name}
          </Link>
        )
      }
      actions={saveButton}
    >
      {mayNot !== undefined && <Note state="info">{text.onlyLook}</Note>}
      {isRestored && isDirty && !conflict && (
        <Note
          state="info"
          title={text.restored.title}
          actions={
            <Button
              small
              onPress={() => take(server?.plan ?? (unchanged?.draft as Fields), server && baseOf(server))}
            >
              {text.restored.discard}
            </Button>
          }
        >
          <p>{text.restored.text}</p>
        </Note>
      )}
      {isBehind && (
        <Note
          state="warning"
          title={text.behind(server.updatedBy)}
          actions={
            <Button small onPress={() => setConflict({ theirs: server })}>
              {text.see}
            </Button>
          }
        />
      )}
      {conflict && base && (
        <Conflict
          base={base.plan}
          draft={draft}
          theirs={conflict.theirs}
          onTheirs={() => conflict.theirs && take(conflict.theirs.plan, baseOf(conflict.theirs))}
          onMine={() => {
            const { theirs } = conflict;
            if (theirs) take(merged(base.plan, draft, theirs.plan) as Fields, baseOf(theirs));
            else take(draft, undefined);
          }}
        />
      )}
      <div ref={wrong} tabIndex={-1}>
        {issues.length > 0 && (
          <Note state="critical" title={text.wrong(issues.length)}>
            <ul>
              {issues.map(({ field, value, allowed }) => (
                <li key={`${field} ${allowed}`}>
                  <code>{field}</code>
                  {value !== undefined && ` ${value}`}: {allowed}
                </li>
              ))}
            </ul>
          </Note>
        )}
        {review.problem && review.problem.issues.length === 0 && <ActProblem act={review} />}
      </div>
      {lookFailed && <Failure problem={lookFailed} onRetry={() => void meet(mine.current)} />}
      <Tabs
        label={text.views.label}
        tabs={views.map((id) => ({ id, label: text.views[id] }))}
        current={tab}
      />
      <EditContext value={edit}>
        {tab === 'file' ? (
          <Suspense fallback={<Loading lines={12} />}>
            <AsFile
              draft={draft}
              file={file}
              onChange={(next) => {
                setFile(next);
                setDraft(next.of);
              }}
            />
          </Suspense>
        ) : fitsForm(draft) ? (
          <Form />
        ) : (
          <Note state="warning">{text.onlyFile}</Note>
        )}
      </EditContext>
      <Card title={text.test.title} lead={text.test.lead}>
        <Tried
          start={(key, notify) => {
            setLook({ of: draft, by: 'test' });
            return api.POST('/v1/plans/test', {
              params: { header: { 'idempotency-key': key } },
              body: { plan: body, notify },
            });
          }}
          taskId={task}
          onTask={setTask}
          mayNotify={mayNot === undefined && namesSomebody(draft)}
          whyNot={broken === undefined ? undefined : text.notYaml}
          onProblem={setTestProblem}
        />
      </Card>
      <Card title={text.review.title}>
        <div className="actions">
          {saveButton}
          <Button
            onPress={() =>
              void navigate(
                planId === undefined ? { to: '/plans' } : { to: '/plans/$planId', params: { planId } },
              )
            }
          >
            {text.back}
          </Button>
        </div>
      </Card>
      {preview && (
        <Review
          preview={preview}
          act={save}
          onSave={() => void put()}
          onClose={() => setPreview(undefined)}
        />
      )}
      <Leaving isHeld={isHeld} onLeave={leave} />
    </Page>
  );
}

/** Somebody else was quicker. */
const lostTo: ReadonlySet<string> = new Set(['PRECONDITION_FAILED', 'CONFLICT', 'PLAN_NOT_FOUND']);

function namesSomebody(draft: Fields): boolean {
  return ['recipients', 'channels'].some((name) => {
    const list = at(draft, `notifications.${name}`);
    return Array.isArray(list) && list.length > 0;
  });
}
