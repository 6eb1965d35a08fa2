/** Whether each whom a plan names could be told: the sender, and the shape of each channel's secret. Sends nothing. */
import { asHoldfastError, HoldfastError } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { Secrets } from '../ports/index.ts';
import type { Mailer } from '../ports/notify.ts';
import { isChannelSecret, parseChannelSecret } from './channel-secret.ts';
import { everybody, type Target } from './recipients.ts';
import type { NotifyTestReply, NotifyTestResult } from './try-everybody.ts';

export interface LookDeps {
  readonly secrets: Secrets;
  /** Below it lie the secrets of channels: no other is read. */
  readonly secretPrefix: string;
  readonly mailer?: Mailer;
}

/** Never throws: every failure is a result. */
export async function lookAtEverybody(plan: Plan, deps: LookDeps): Promise<NotifyTestReply> {
  const results: NotifyTestResult[] = [];
  for (const target of everybody(plan)) {
    const named =
      target.kind === 'mail'
        ? ({ kind: 'email', name: target.address } as const)
        : ({ kind: 'channel', name: target.name } as const);
    try {
      results.push({ ...named, ok: true, detail: await lookAt(target, deps) });
    } catch (thrown) {
      const { message, code, next } = asHoldfastError(thrown);
      results.push({ ...named, ok: false, detail: message, code, next });
    }
  }
  return { ok: results.every(({ ok }) => ok), results };
}

async function lookAt(target: Target, { secrets, secretPrefix, mailer }: LookDeps): Promise<string> {
  if (target.kind === 'mail') {
    if (mailer) return 'the stack has a sender';
    throw new HoldfastError('NOTIFY_FAILED', 'the stack has no sender of e-mail', {
      next: 'Name a verified sender in the options of the stack (`notifications.mailFrom`, docs/notifications.md) and deploy, or take the recipients out of the plan.',
    });
  }
  const { secret } = target;
  if (!isChannelSecret(secret, secretPrefix)) {
    throw new HoldfastError('ACCESS_DENIED', `the secret ${secret} is not below ${secretPrefix}`, {
      next: `Give the secret a name that begins with ${secretPrefix}, and name that in the plan.`,
    });
  }
  return `its secret is that of a ${parseChannelSecret(await secrets.get(secret), secret).kind} channel`;
}
