/**
 * The alarms of the stack, as conditions: an alarm speaks once, and to the very topic that may be the one that does not
 * deliver. Here it is told every day while it lasts. Pure.
 */
import type { Condition } from '../alerts.ts';
import type { StackFacts } from './facts.ts';

export function raisedAlarms({ alarms = [] }: Pick<StackFacts, 'alarms'>, now: Date): Condition[] {
  return alarms.map(({ name, description, since = now.toISOString() }) => ({
    id: `alarm/-/${name}`,
    kind: 'alarm',
    severity: 'critical',
    why: `${name}: ${description}`,
    next: 'While it lasts, the dead-man URL of the stack is not pinged.',
    since,
  }));
}
