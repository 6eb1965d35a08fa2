/** What the journey asks the API and waits for: what a backup holds, what a restore would do, whether it can be done. */
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Api } from '../../api/client.ts';
import { ApiProblem } from '../../api/problem.ts';
import { resultOfTask } from '../../api/tasks.ts';
import { type Schemas, useClient } from '../../api/use-api.ts';
import type { Wish } from './choices.ts';

export type Contents = Schemas['BackupContents'];
export type Preview = Schemas['RestorePreview'];
export type Preflight = Schemas['PreflightResult'];

/** Things of a page of contents. */
export const pageItems = 100;

export interface ContentsQuestion {
  readonly component?: string | undefined;
  readonly prefix?: string | undefined;
  readonly after?: string | undefined;
}

/** A page of what a backup holds. The same question is asked once: a backup never changes. */
export function useContents(
  backupId: string | undefined,
  { component, prefix, after }: ContentsQuestion,
  when = true,
): UseQueryResult<Contents, ApiProblem> {
  const api = useClient();
  return useQuery<Contents, ApiProblem>({
    queryKey: ['contents of a backup', backupId, component, prefix, after],
    enabled: when && backupId !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async ({ signal }) => {
      const body = {
        ...(component !== undefined && { component }),
        ...(prefix !== undefined && { prefix }),
        ...(after !== undefined && { after }),
        limit: pageItems,
      };
      const { data } = await api.POST('/v1/backups/{backupId}/contents', {
        params: { path: { backupId: backupId ?? '' } },
        body,
        signal,
      });
      if (!data) throw noAnswer();
      return (await resultOfTask(api, data.taskId, signal)) as Contents;
    },
  });
}

export interface DryRun {
  readonly backupId: string;
  readonly wish: Wish;
  readonly without: boolean;
}

/** What a restore would do; starts nothing. Throws ApiProblem. */
export async function dryRun(
  api: Api,
  { backupId, wish, without }: DryRun,
  signal?: AbortSignal,
): Promise<{ readonly data: Preview; readonly response: Response }> {
  const { data, response } = await api.POST('/v1/backups/{backupId}/restore', {
    params: { path: { backupId }, query: { dryRun: 'true' } },
    body: { ...wish, withoutRestorePoint: without },
    ...(signal && { signal }),
  });
  if (!data || !('dryRun' in data)) throw noAnswer();
  return { data, response };
}

const noAnswer = () =>
  new ApiProblem({ status: 500, code: 'UNKNOWN', title: 'No answer', detail: 'The answer was empty.' });

export const dryRunKey = (asked: DryRun) => ['what a restore would do', asked];

/** So long is what was said still so: what is archived, and the plan, do not change faster. */
const previewFreshMs = 60_000;

export function useDryRun(asked: DryRun, when: boolean): UseQueryResult<Preview, ApiProblem> {
  const api = useClient();
  return useQuery<Preview, ApiProblem>({
    queryKey: dryRunKey(asked),
    enabled: when,
    staleTime: previewFreshMs,
    // What is typed below it must not go while it is asked again.
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => (await dryRun(api, asked, signal)).data,
  });
}
