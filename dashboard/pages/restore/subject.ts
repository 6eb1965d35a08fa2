/** What is known of the plan and the recovery point that were chosen, and of what kind the thing is that is restored. */
import { type Schemas, useApi } from '../../api/use-api.ts';
import { type Contents, useContents } from './asked.ts';
import type { Choices, Kind } from './choices.ts';
import { databaseOf, kindAmong, sourcesOf } from './kind.ts';

export interface Subject {
  readonly plan: ReturnType<typeof usePlan>;
  readonly backup: ReturnType<typeof useBackup>;
  /** Undefined while it is not known, or while the point holds several kinds and none was chosen. */
  readonly kind: Kind | undefined;
  /** The database that it came from, where there is one only. */
  readonly database: string | undefined;
  /** Further vaults of the plan, by name. */
  readonly copies: readonly string[];
  /** Asked already: what is inside, where the plan alone does not say what kind it is. */
  readonly isLooking: boolean;
}

const usePlan = (planId: string | undefined) =>
  useApi(
    '/v1/plans/{planId}',
    { params: { path: { planId: planId ?? '' } } },
    { when: planId !== undefined },
  );

const useBackup = (backupId: string | undefined) =>
  useApi(
    '/v1/backups/{backupId}',
    { params: { path: { backupId: backupId ?? '' } } },
    { when: backupId !== undefined },
  );

export function useSubject({ plan: planId, point, component }: Choices): Subject {
  const plan = usePlan(planId);
  const backup = useBackup(point);
  const sources = sourcesOf(plan.data?.plan.sources ?? [], backup.data?.only, component);
  const planned = kindAmong(sources);
  const settled = !plan.isPending && (point === undefined || !backup.isPending);
  const contents = useContents(point, {}, settled && planned === undefined);
  const held = heldOf(contents.data, component);
  const kind = planned ?? kindAmong(held);
  return {
    plan,
    backup,
    kind,
    database: held[0] && held.length === 1 ? held[0].title : databaseOf(sources),
    copies: (plan.data?.plan.vaults ?? []).map(({ name }) => name),
    isLooking: kind === undefined && (!settled || contents.isFetching),
  };
}

const heldOf = (contents: Contents | undefined, component: string | undefined) =>
  (contents?.components ?? []).filter(({ name }) => component === undefined || name === component);

export type Plan = Schemas['Plan'];
