/**
 * One sweep: new backups first, then what is due by the calendar. Where new ones have taken up all the time for more than a
 * day, the calendar comes first, with half of the time.
 */
import { isRoundLate, proveByCalendar, type RoundResult } from './round.ts';
import { leastSecondsForOne, type SweepOptions, type SweepResult, verifyDue } from './sweep.ts';
import type { VerifyDeps } from './verify.ts';

export interface ProvenDue {
  readonly waiting: SweepResult;
  /** Absent where no time was left for it. */
  readonly calendar?: RoundResult;
}

/** What of the one fails does not keep it from the other. Throws, at its end, what could neither be recorded nor told. */
export async function proveDue(deps: VerifyDeps, options: SweepOptions): Promise<ProvenDue> {
  const isLate = await isRoundLate(deps);
  const early = isLate
    ? await settled(proveByCalendar(deps, { ...options, stopAtSeconds: options.secondsLeft() / 2 }))
    : undefined;
  const waiting = await settled(verifyDue(deps, options));
  const hasTime = !options.signal.aborted && options.secondsLeft() >= leastSecondsForOne;
  const calendar = early ?? (hasTime ? await settled(proveByCalendar(deps, options)) : undefined);
  for (const part of [waiting, calendar]) if (part && 'error' in part) throw part.error;
  if (!('value' in waiting)) throw waiting.error;
  return { waiting: waiting.value, ...(calendar && 'value' in calendar && { calendar: calendar.value }) };
}

async function settled<T>(work: Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}
