/** The report, asked for plan by plan where some were chosen. */
import { useQuery } from '@tanstack/react-query';
import type { ApiProblem } from '../../api/problem.ts';
import { useClient } from '../../api/use-api.ts';
import { type Evidence, merged } from './merge.ts';
import { type Period, queryOf } from './period.ts';

export function useEvidence(period: Period, plans: readonly string[], when: boolean) {
  const api = useClient();
  return useQuery<Evidence, ApiProblem>({
    queryKey: ['/v1/evidence', period.from, period.to, ...plans],
    enabled: when,
    staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const span = queryOf(period, new Date());
      const ask = async (plan?: string) => {
        const query = { ...span, ...(plan !== undefined && { plan }) };
        return (await api.GET('/v1/evidence', { params: { query }, signal })).data as Evidence;
      };
      const [first, ...others] = plans;
      if (first === undefined) return ask();
      const reports: [Evidence, ...Evidence[]] = [await ask(first)];
      for (const plan of others) reports.push(await ask(plan));
      return merged(reports);
    },
  });
}
