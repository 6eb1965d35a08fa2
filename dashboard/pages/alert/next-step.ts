/** What a person does about an alert, and what happened to it so far. Pure. */
import type { Schemas } from '../../api/use-api.ts';

type Alert = Schemas['Alert'];
type Condition = Schemas['Condition'];

/** The alert's row keeps no next step; the condition that it is about has one, as long as it lasts. */
export function nextStepOf(
  { conditionId }: Pick<Alert, 'conditionId'>,
  conditions: readonly Pick<Condition, 'id' | 'next'>[] | undefined,
): string | undefined {
  return conditions?.find(({ id }) => id === conditionId)?.next;
}

export interface Happened {
  readonly what: 'since' | 'told' | 'acknowledged' | 'closed';
  readonly at: string;
  readonly by?: string;
}

/** What is known to have happened, in its order. */
export function historyOf({
  since,
  lastToldAt,
  timesTold,
  acknowledged,
  closedAt,
}: Pick<Alert, 'since' | 'lastToldAt' | 'timesTold' | 'acknowledged' | 'closedAt'>): readonly Happened[] {
  const all: Happened[] = [{ what: 'since', at: since }];
  if (timesTold > 0) all.push({ what: 'told', at: lastToldAt });
  if (acknowledged) all.push({ what: 'acknowledged', ...acknowledged });
  if (closedAt !== undefined) all.push({ what: 'closed', at: closedAt });
  // What was found later than it began may be told at the same moment: the order above stands then.
  return all.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}
