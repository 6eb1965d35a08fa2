/** A plan as YAML. Pure. */
import type { Schemas } from '../../api/use-api.ts';

type Plan = Schemas['PlanFields'];

/** Only administrators see the path of a dead-man URL: what others get (`https://host/…`) is none to apply. */
export const isHiddenUrl = (url: string | undefined): boolean => url?.endsWith('/…') ?? false;

export function planFile(plan: Plan, stringify: (value: unknown) => string): string {
  const { deadManUrl, ...rest } = plan;
  return stringify(isHiddenUrl(deadManUrl) || deadManUrl === undefined ? rest : plan);
}
