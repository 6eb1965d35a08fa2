/** `holdfast doctor`: looks at every part of the stack and says what is wrong and how to mend it. Changes nothing. */
import { z } from 'zod';
import { asHoldfastError, HoldfastError } from '../../core/errors.ts';
import type { PlanRow } from '../../core/ports/catalog.ts';
import type { Cli, CliContext, Finding } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { allWell, checkTable, findingJson, type GroupedFinding, grouped } from '../findings.ts';
import { scheduleDiffers, scheduleText, wantedSchedule } from '../plan-diff.ts';
import { whileShowing } from '../watch.ts';

/** Plans whose schedules are compared; a run over all of 10,000 would take a quarter of an hour of API limits. */
const mostPlans = 1000;

/** What every function answers to `self-test` (SelfTestReply). */
export const selfTestReplySchema = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string() })),
});

/** Exit code 0 when nothing is wrong, else that of an internal failure. */
export async function doctor(cli: Cli): Promise<number> {
  const context = await cli.connect();
  const { inspector, stack } = context;
  const found: GroupedFinding[] = [
    {
      group: 'stack',
      name: 'outputs',
      ok: true,
      detail: `bucket ${stack.VaultBucket}, table ${stack.CatalogTable}`,
    },
  ];
  const parts: readonly (readonly [string, () => Promise<readonly Finding[]>])[] = [
    ['vault', () => inspector.vault()],
    ['catalog', () => inspector.table()],
    ['keys', () => inspector.secrets()],
    ['keys', () => publicKeys(context)],
    ['alerts', () => inspector.alerts()],
    ['schedules', () => schedules(cli, context)],
    ['backup', () => selfTest(context, stack.BackupFunction)],
    ['verify', () => selfTest(context, stack.VerifyFunction)],
    ['restore', () => selfTest(context, stack.RestoreFunction)],
    ['cleanup', () => selfTest(context, stack.CleanupFunction)],
    ['watch', () => selfTest(context, stack.WatchFunction)],
    ['adopt', () => selfTest(context, stack.AdoptFunction)],
  ];
  for (const [group, look] of parts) {
    const findings = await whileShowing(cli, `looking at ${group}`, () => orNotSeen(look));
    found.push(...findings.map((finding) => grouped(group, finding)));
  }
  const ok = allWell(found);
  cli.out.result({ ok, checks: found.map(findingJson) }, () => {
    const wrong = found.filter((finding) => finding.ok === false).length;
    const unseen = found.filter((finding) => finding.ok === undefined).length;
    const seen = unseen > 0 ? `, ${unseen} could not be looked at` : '';
    return `${checkTable(cli.out, found, 'PART')}\n\n${wrong === 0 ? 'Nothing is wrong' : `${wrong} wrong`}${seen}.`;
  });
  return ok ? 0 : exitCodes.internal;
}

/** A look that fails becomes a finding: one part's trouble must not hide the others. */
export async function orNotSeen(look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    // What the caller may not see says nothing about the stack; everything else is wrong.
    const ok = error.code === 'ACCESS_DENIED' ? undefined : false;
    return [{ name: 'look', ok, detail: `${error.message} (${error.code})`, next: error.next }];
  }
}

async function publicKeys({ keys }: CliContext): Promise<readonly Finding[]> {
  const { recipients, signers } = await keys.publicKeys();
  const ids = recipients.map(({ id }) => id).join(', ');
  return [
    { name: 'public keys', ok: recipients.length > 0, detail: `sealing for ${ids}` },
    ...(['backup', 'verify', 'operator'] as const).map((role) => {
      const known = signers.filter((signer) => signer.role === role).map(({ id }) => id);
      return {
        name: `signer ${role}`,
        ok: known.length > 0,
        detail: known.join(', ') || 'no public key is known',
      };
    }),
  ];
}

async function allPlans({ catalog }: CliContext, most: number): Promise<readonly PlanRow[]> {
  const rows: PlanRow[] = [];
  let cursor: string | undefined;
  do {
    const page = await catalog.listPlans({ limit: 1000, cursor });
    rows.push(...page.rows);
    cursor = page.cursor;
  } while (cursor !== undefined && rows.length < most);
  return rows;
}

async function schedules(cli: Cli, context: CliContext): Promise<readonly Finding[]> {
  const rows = await allPlans(context, mostPlans);
  const drifted: Finding[] = [];
  for (const { plan } of rows.slice(0, mostPlans)) {
    const wanted = wantedSchedule(plan);
    const found = await context.scheduler.get(plan.id);
    if (found && !scheduleDiffers(wanted, found)) continue;
    drifted.push({
      name: plan.id,
      ok: false,
      detail: found
        ? `is ${scheduleText(found)}, the plan says ${scheduleText(wanted)}`
        : 'has no schedule: it never runs',
      next: `Put it right: holdfast plan show ${plan.id} > plan.yaml && holdfast plan apply -f plan.yaml`,
    });
  }
  cli.out.detail(`${rows.length} plans looked at`);
  return drifted.length > 0
    ? drifted
    : [
        {
          name: 'drift',
          ok: true,
          detail: rows.length === 0 ? 'no plans yet' : `${rows.length} plans, each as it says`,
        },
      ];
}

export async function selfTest(
  { functions }: Pick<CliContext, 'functions'>,
  name: string,
): Promise<readonly Finding[]> {
  const reply = selfTestReplySchema.safeParse(await functions.call(name, { task: 'self-test' }));
  if (!reply.success)
    throw new HoldfastError('INTERNAL', `${name} did not answer its self-test as it should`);
  // A reply that is not ok without a check that says why is still not ok.
  const unsaid = reply.data.ok || reply.data.checks.some(({ ok }) => !ok);
  return unsaid
    ? reply.data.checks
    : [...reply.data.checks, { name: 'self-test', ok: false, detail: 'not ok, no check says why' }];
}
