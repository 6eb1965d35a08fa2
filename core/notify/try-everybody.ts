/** Tries each address and channel of a plan, saved or not, and says what came of each and how to mend it. */
import type { Plan } from '../plan.ts';
import { testNotice } from './alert-notice.ts';
import { type NotifyDeps, reasonFor } from './context.ts';
import { deliver } from './deliver.ts';
import { everybody, shortHash } from './recipients.ts';

export interface NotifyTestReply {
  readonly ok: boolean;
  /** Empty when the plan names nobody. */
  readonly results: readonly NotifyTestResult[];
}

export interface NotifyTestResult {
  readonly kind: 'email' | 'channel';
  /** The address, or the channel's name. */
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly code?: string;
  /** How to mend it. */
  readonly next?: string;
}

/** Never throws: every failure is a result. */
export async function tryEverybody(
  plan: Plan,
  { by, requestId }: { readonly by: string; readonly requestId: string },
  deps: NotifyDeps,
): Promise<NotifyTestReply> {
  const at = deps.clock.now().toISOString();
  const tellings = everybody(plan).map((target) => ({
    target,
    notice: testNotice({
      id: shortHash(`test ${requestId} ${target.id}`),
      planIds: [plan.id],
      reason: reasonFor(target),
      stackName: deps.stackName,
      by,
      at,
    }),
  }));
  const outcomes = await deliver(tellings, undefined, deps);
  const results = outcomes.map(({ target, error }): NotifyTestResult => {
    const named =
      target.kind === 'mail'
        ? ({ kind: 'email', name: target.address } as const)
        : ({ kind: 'channel', name: target.name } as const);
    if (!error)
      return { ...named, ok: true, detail: target.kind === 'mail' ? 'handed over to SES' : 'delivered' };
    return { ...named, ok: false, detail: error.message, code: error.code, next: error.next };
  });
  return { ok: results.every(({ ok }) => ok), results };
}
