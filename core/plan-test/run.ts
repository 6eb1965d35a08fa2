/**
 * `plan test`: tries everything that a run of the plan needs, from where runs happen, and changes nothing but one small
 * object in the vault. Each check stands alone, so that a person sees all that is wrong at once; none throws.
 */
import { scheduleDiffers, scheduleText, wantedSchedule } from '../control/plan-change.ts';
import { asHoldfastError, HoldfastError } from '../errors.ts';
import type { NoticeEvent } from '../events.ts';
import type { NotifyTestReply } from '../notify/try-everybody.ts';
import { pauseOf } from '../pause.ts';
import type { FurtherVault, Plan, Source } from '../plan.ts';
import type { Catalog, PlanRow } from '../ports/catalog.ts';
import type { KeyRing } from '../ports/keys.ts';
import type { PlanScheduler } from '../ports/scheduler.ts';
import type { SourceContext, SourceDriver } from '../ports/source.ts';
import type { FunctionCaller } from '../ports/surroundings.ts';
import type { Vault } from '../ports/vault.ts';
import { nextRuns } from '../schedule.ts';
import { type ProbeDeps, probeVault } from './probe.ts';
import type { PlanCheck, PlanTestResult } from './result.ts';

const runsShown = 5;

export interface PlanTestDeps extends Omit<SourceContext, 'signal'>, ProbeDeps {
  readonly catalog: Pick<Catalog, 'newestOfEachTier' | 'getPlan' | 'getState'>;
  readonly keyRing: Pick<KeyRing, 'publicKeys' | 'signingKey'>;
  readonly driverFor: (source: Source) => SourceDriver;
  readonly openFurther: (vault: FurtherVault) => Promise<Vault>;
  /** Absent where schedules cannot be seen: nothing is said about it then. */
  readonly scheduler?: Pick<PlanScheduler, 'get'>;
  /** Absent where nothing tells people: a plan that names somebody then fails. */
  readonly caller?: FunctionCaller;
}

export interface PlanTestAsked {
  readonly plan: Plan;
  /** Send a test notification to everybody whom the plan names. */
  readonly notify: boolean;
  readonly by?: string;
  readonly correlationId: string;
}

export async function testPlan(
  { plan, notify, by, correlationId }: PlanTestAsked,
  deps: PlanTestDeps,
  signal: AbortSignal,
): Promise<PlanTestResult> {
  const checks: PlanCheck[] = [];
  const check = async (name: string, run: () => Promise<string | undefined>): Promise<void> => {
    try {
      const detail = await run();
      if (detail !== undefined) checks.push({ name, ok: true, detail });
    } catch (thrown) {
      signal.throwIfAborted();
      checks.push({ name, ...failure(thrown) });
    }
  };
  const sources: PlanTestResult['sources'][number][] = [];
  for (const source of plan.sources) {
    sources.push({ source: source.name, checks: await sourceChecks(source, { ...deps, signal }, deps) });
  }
  await check('keys', () => keys(deps));
  await check('vault', () => probeVault(plan, deps, signal));
  for (const vault of plan.vaults) await check(`vault ${vault.name}`, () => further(vault, deps));
  await check('schedule', () => schedule(plan, deps));
  let notifications: NotifyTestReply | undefined;
  await check('notifications', async () => {
    const names = plan.notifications.recipients.length + plan.notifications.channels.length;
    if (names === 0) return 'the plan names nobody: only those who are subscribed to all alerts are told';
    const reply = await tell({ plan, send: notify, by, correlationId }, deps);
    if (notify) notifications = reply;
    const bad = reply.results.filter(({ ok }) => !ok);
    if (bad[0]) throw undelivered(bad, notify);
    const what = notify ? 'were told' : 'can be told as far as it can be known without trying (--notify)';
    return `all ${reply.results.length} recipients and channels ${what}`;
  });
  const all = [...sources.flatMap((one) => one.checks), ...checks];
  return {
    ok: all.every(({ ok }) => ok),
    sources,
    checks,
    nextRuns: nextRuns(plan.schedule, deps.clock.now(), runsShown),
    ...(notifications && { notifications }),
  };
}

/** No check at all would be no proof of anything. */
async function sourceChecks(
  source: Source,
  context: SourceContext,
  { driverFor }: PlanTestDeps,
): Promise<readonly PlanCheck[]> {
  try {
    const checks = await driverFor(source).test(source, context);
    return checks.length > 0 ? checks : [{ name: 'source', ok: false, detail: 'nothing could be checked' }];
  } catch (thrown) {
    context.signal.throwIfAborted();
    return [{ name: 'source', ...failure(thrown) }];
  }
}

function failure(thrown: unknown): Omit<PlanCheck, 'name'> {
  const { message, code, next } = asHoldfastError(thrown);
  return { ok: false, detail: `${message} (${code})`, next };
}

async function keys({ keyRing }: PlanTestDeps): Promise<string> {
  const [{ recipients }, signer] = await Promise.all([keyRing.publicKeys(), keyRing.signingKey('backup')]);
  return `sealed for ${recipients.map(({ id }) => id).join(', ')}, signed by ${signer.id}`;
}

async function further(vault: FurtherVault, { openFurther }: PlanTestDeps): Promise<string> {
  const opened = await openFurther(vault);
  for await (const _ of opened.folders('plans/')) break;
  return `${opened.location} can be reached and listed`;
}

/** Of a saved plan what EventBridge holds must be what its row says; a draft has no schedule yet. */
async function schedule(
  plan: Plan,
  { catalog, scheduler, clock }: PlanTestDeps,
): Promise<string | undefined> {
  const wanted = wantedSchedule(plan);
  const row = await catalog.getPlan(plan.id);
  const [next] = nextRuns(plan.schedule, clock.now(), 1, row?.createdAt);
  const when = plan.enabled ? `next run ${next ?? 'never'}` : 'it is off, so that it starts nothing';
  if (!row || row.deleted) return `will be ${scheduleText(wanted)} once the plan is saved; ${when}`;
  if (!scheduler) return undefined;
  const saved = wantedSchedule(row.plan);
  const found = await scheduler.get(plan.id);
  if (!found || scheduleDiffers(saved, found))
    throw wrong(row, found && scheduleText(found), scheduleText(saved));
  const paused = await pauseOf(row, catalog);
  const rests = paused ? `; paused by ${paused.by}: ${paused.reason}` : '';
  const draft = scheduleDiffers(wanted, saved) ? `, and ${scheduleText(wanted)} once it is saved` : '';
  return `${scheduleText(found)}${draft}; ${when}${rests}`;
}

function wrong({ plan }: PlanRow, found: string | undefined, saved: string): HoldfastError {
  const is = found === undefined ? 'there is none in EventBridge Scheduler' : `it is ${found}`;
  return new HoldfastError('CONFLICT', `${is}, and should be ${saved}`, {
    next: `Watch puts it right within the hour; at once does holdfast plan show ${plan.id} > plan.yaml && holdfast plan apply -f plan.yaml.`,
  });
}

async function tell(
  asked: Omit<Extract<NoticeEvent, { task: 'test' }>, 'task'>,
  { caller }: PlanTestDeps,
): Promise<NotifyTestReply> {
  if (!caller) {
    throw new HoldfastError(
      'STACK_NOT_FOUND',
      'the stack has no notify function, so that whom the plan names is not told',
      {
        next: 'Deploy this release with `npm run deploy`.',
      },
    );
  }
  const event: NoticeEvent = { task: 'test', ...asked };
  return (await caller.call('notify', event)) as NotifyTestReply;
}

function undelivered(bad: NotifyTestReply['results'], notify: boolean): HoldfastError {
  const named = bad.slice(0, 5).map(({ kind, name, detail }) => `${kind} ${name}: ${detail}`);
  const more = bad.length > 5 ? ` and ${bad.length - 5} more` : '';
  const nexts = [...new Set(bad.flatMap(({ next }) => next ?? []))].slice(0, 3).join(' ');
  const what = notify ? 'was not delivered to' : 'would not reach';
  return new HoldfastError('NOTIFY_FAILED', `a notification ${what} ${named.join('; ')}${more}`, {
    ...(nexts !== '' && { next: nexts }),
  });
}
