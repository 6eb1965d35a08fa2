/** What the functions logged of one run: its lines alone, of a level or above, with as many as there are. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { asProblem } from '../../api/problem.ts';
import { type Schemas, useClient } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Select } from '../../kit/fields.tsx';
import { Filters } from '../../kit/filters.tsx';
import { Empty, Failure, Loading } from '../../kit/states.tsx';
import { type LogLine, VirtualLog } from '../../kit/virtual-log.tsx';
import { useText } from '../../text/text.ts';
import { lineText } from './line-text.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof levels)[number];
const aPage = 1_000;
const goesOnMs = 5_000;
/** Functions hand in their last lines when they have ended, some seconds after the run has. */
const lastLinesMs = 60_000;

export default function Log({
  backupId,
  level,
  onLevel,
  endedAt,
}: {
  readonly backupId: string;
  readonly level: Level;
  readonly onLevel: (level: Level) => void;
  /** Undefined while the run goes on. */
  readonly endedAt: string | undefined;
}) {
  const text = useText('run').log;
  const api = useClient();
  const format = useFormat();
  const log = useInfiniteQuery({
    queryKey: ['/v1/log', backupId, level],
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const query = {
        backup: backupId,
        level,
        limit: aPage,
        ...(pageParam !== undefined && { cursor: pageParam }),
      };
      return (await api.GET('/v1/log', { params: { query }, signal })).data as Schemas['Log'];
    },
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: () =>
      endedAt === undefined || Date.now() - Date.parse(endedAt) < lastLinesMs ? goesOnMs : false,
  });
  const pages = log.data?.pages;
  const lines = useMemo(
    () =>
      (pages ?? [])
        .flatMap(({ items }) => items)
        .map(
          (line, at): LogLine => ({
            key: String(at),
            time: format.time(line.at),
            level: line.level,
            text: lineText(line),
          }),
        ),
    [pages, format],
  );
  const first = pages?.[0];
  return (
    <>
      <Filters active={false} onClear={() => undefined}>
        <Select
          label={text.level}
          value={level}
          onChange={onLevel}
          options={levels.map((value) => ({ value, label: text.levels[value] }))}
        />
      </Filters>
      {log.error && <Failure problem={asProblem(log.error)} onRetry={() => void log.refetch()} />}
      {!pages && !log.error && <Loading lines={6} />}
      {pages && lines.length === 0 && !log.hasNextPage && <Empty title={text.none} />}
      {lines.length > 0 && <VirtualLog label={text.title} lines={lines} />}
      {log.hasNextPage && (
        <Button small running={log.isFetchingNextPage} onPress={() => void log.fetchNextPage()}>
          {text.more}
        </Button>
      )}
      {first && <p className="small">{text.where(format.list(first.groups))}</p>}
    </>
  );
}
