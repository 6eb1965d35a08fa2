/** The one line that matters at the end: whether what is there is what was backed up. */
import { useEffect, useRef } from 'react';
import { useSay } from '../../app/announcer.tsx';
import { useFormat } from '../../format.ts';
import { Note } from '../../kit/note.tsx';
import { useText } from '../../text/text.ts';
import { hasEnded, type Restore } from './restore.ts';
import { resultOf } from './result.ts';

export function Verdict({
  restore,
  result,
}: {
  readonly restore: Restore;
  readonly result: ReturnType<typeof resultOf>;
}) {
  const all = useText('restoreLive');
  const text = all.verdict;
  const format = useFormat();
  const { comparison, target, seconds } = result;
  const took = seconds === undefined ? undefined : text.took(format.duration(seconds));
  const where = target === undefined ? undefined : text.where(target);
  const differences = comparison?.differences.length ?? 0;
  const state = !comparison ? 'warning' : differences > 0 ? 'critical' : 'well';
  return (
    <div role="status">
      <Note state={state} title={outcomeOf(restore, all)}>
        <p>{[where, took].filter((each) => each !== undefined).join(' ')}</p>
        {comparison && comparison.compared.length > 0 && (
          <p>
            {text.compared(
              format.list(
                comparison.compared.map(
                  ([what, count]) =>
                    `${text.things[what as keyof typeof text.things] ?? what} ${format.number(count)}`,
                ),
              ),
            )}
          </p>
        )}
        {differences > 0 && <p>{text.differsNext}</p>}
        {!restore.request.compare && <p>{text.notComparedWhy}</p>}
      </Note>
    </div>
  );
}

/** Who waited for it without looking hears how it ended; who comes later reads it. */
export function useEndSaid(restore: Restore | undefined) {
  const text = useText('restoreLive');
  const say = useSay();
  const wasGoing = useRef(false);
  const ended = restore && hasEnded(restore);
  const outcome = restore && outcomeOf(restore, text);
  useEffect(() => {
    if (ended === false) wasGoing.current = true;
    if (!ended || !wasGoing.current || outcome === undefined) return;
    wasGoing.current = false;
    say(outcome);
  }, [ended, outcome, say]);
}

function outcomeOf(
  { status, dead, result }: Restore,
  { ended, verdict }: ReturnType<typeof useText<'restoreLive'>>,
): string {
  if (dead) return ended.dead;
  if (status !== 'completed') return status === 'cancelled' ? ended.cancelled : ended.failed;
  const { comparison } = resultOf(result ?? {});
  if (!comparison) return verdict.notCompared;
  const { length } = comparison.differences;
  return length > 0 ? verdict.differs(length) : verdict.same;
}
