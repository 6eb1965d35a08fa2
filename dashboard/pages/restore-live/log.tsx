/** What the functions logged of one restore, for whoever has to find out why. */
import { useMemo } from 'react';
import { useApi } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Empty, Loaded } from '../../kit/states.tsx';
import { type LogLine, VirtualLog } from '../../kit/virtual-log.tsx';
import { useText } from '../../text/text.ts';
import { lineText } from '../run/line-text.ts';

/** A restore that logs more has its beginning here, and the rest in CloudWatch Logs. */
const mostLines = 1_000;
const goesOnMs = 5_000;

export default function Log({
  restoreId,
  goesOn,
}: {
  readonly restoreId: string;
  /** More lines may come. */
  readonly goesOn: boolean;
}) {
  const text = useText('restoreLive').log;
  const format = useFormat();
  const log = useApi(
    '/v1/log',
    { params: { query: { restore: restoreId, limit: mostLines } } },
    { every: goesOn && goesOnMs },
  );
  const { data } = log;
  const lines = useMemo(
    () =>
      (data?.items ?? []).map(
        (line, at): LogLine => ({
          key: String(at),
          time: format.time(line.at),
          level: line.level,
          text: lineText(line),
        }),
      ),
    [data, format],
  );
  return (
    <Loaded of={log} lines={6}>
      {({ groups, nextCursor }) =>
        lines.length === 0 ? (
          <Empty title={text.empty}>
            <p>{text.emptyWhy}</p>
          </Empty>
        ) : (
          <>
            <VirtualLog label={text.title} lines={lines} />
            {nextCursor !== undefined && (
              <p className="small">{text.more(lines.length, format.list(groups))}</p>
            )}
          </>
        )
      }
    </Loaded>
  );
}
