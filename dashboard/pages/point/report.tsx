/** A verification report, opened by the function that has the keys: what was compared with what, and how it came out. */
import { useQuery } from '@tanstack/react-query';
import { type ApiProblem, asProblem } from '../../api/problem.ts';
import { resultOfTask } from '../../api/tasks.ts';
import { type Schemas, useClient } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Badge } from '../../kit/badge.tsx';
import { Facts } from '../../kit/card.tsx';
import { Code } from '../../kit/copy.tsx';
import { Failure, Loading } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { Comparison } from '../restore-live/comparison.tsx';
import { resultOf } from '../restore-live/result.ts';

type Opened = Schemas['OpenedReport'];

/** `reportKey` absent: the newest. `targetSeconds`: what the plan says a restore may take. */
export function Report({
  backupId,
  reportKey,
  targetSeconds,
}: {
  readonly backupId: string;
  readonly reportKey?: string | undefined;
  readonly targetSeconds?: number | undefined;
}) {
  const text = useText('point').report;
  const { proofs } = useText('common');
  const format = useFormat();
  const opened = useReport(backupId, reportKey);
  if (opened.error)
    return <Failure problem={asProblem(opened.error)} onRetry={() => void opened.refetch()} />;
  if (!opened.data) return <Loading lines={6} />;
  const { report, key } = opened.data;
  const isLong = targetSeconds !== undefined && report.seconds > targetSeconds;
  return (
    <>
      <Facts
        facts={[
          [
            text.result,
            report.result === 'passed' ? (
              <Badge key="result" tone={report.level === 'restored' ? 'proven' : 'well'}>
                {proofs[report.level]}
              </Badge>
            ) : (
              <Badge key="result" tone="critical">
                {proofs.failed}
              </Badge>
            ),
          ],
          [text.at, <When key="at" at={report.startedAt} both />],
          [
            text.took,
            <span key="took">
              {format.duration(report.seconds)}
              {targetSeconds !== undefined && ` · ${text.target(format.duration(targetSeconds))}`}{' '}
              {isLong && <Badge tone="warning">{text.long}</Badge>}
            </span>,
          ],
          [
            text.stored,
            `${text.objects(report.stored.objects)} · ${format.bytes(report.stored.bytes)}${report.stored.hashed ? ` · ${text.hashed}` : ''}`,
          ],
          [
            text.manifest,
            <Code key="manifest" copy>
              {report.manifestSha256}
            </Code>,
          ],
          [
            text.key,
            <Code key="key" copy>
              {key}
            </Code>,
          ],
        ]}
      />
      {report.remarks.length > 0 && (
        <ul className="reasons">
          {report.remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
      {report.components.map(({ name, title, comparison }) => {
        const { comparison: shown } = resultOf({ comparison });
        return (
          shown && (
            <section key={name} aria-label={title}>
              <p className="quiet">
                {title} ({name})
              </p>
              <Comparison comparison={shown} />
            </section>
          )
        );
      })}
    </>
  );
}

/** A report never changes. */
function useReport(backupId: string, key: string | undefined) {
  const api = useClient();
  return useQuery<Opened, ApiProblem>({
    queryKey: ['report', backupId, key],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: async ({ signal }) => {
      const { data } = await api.POST('/v1/backups/{backupId}/report', {
        params: { path: { backupId } },
        body: { ...(key !== undefined && { key }) },
        signal,
      });
      return (await resultOfTask(api, data?.taskId ?? '', signal)) as Opened;
    },
  });
}
