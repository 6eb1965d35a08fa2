/**
 * The steps of a run or a restore with their times, for the row that is written anyway: when a lease is renewed, progress is
 * noted, or the end is. Noting one is an entry in a list and nothing else, so that it can neither fail nor slow down the
 * work. Steps of different tracks (components that are dumped at the same time) go on beside one another.
 */
import type { StepNote } from './ports/catalog.ts';
import type { Clock } from './ports/index.ts';

/** A row keeps so many. */
export const mostSteps = 40;
/** Of components: what is beyond is one step, that counts them. Leaves room for the steps of the run itself. */
const mostOfComponents = 28;
const titleCharacters = 100;

/** Steps that come one after the other. */
export interface Track {
  /** The step before it has ended. `name`: unique in the run, at most 100 characters; `title`: what people call it. */
  begin(name: string, title?: string): void;
  /** The last one has ended well. Without it a failed run shows that it did not. */
  end(): void;
}

export interface Steps extends Track {
  /** For what goes on beside it. */
  track(): Track;
  /** As they are now, in the order of their beginnings. */
  notes(): readonly StepNote[];
}

interface Noted {
  readonly name: string;
  readonly title: string | undefined;
  readonly startedAtMs: number;
  endedAtMs?: number;
}

/** What is beyond the bound, together. */
interface Others {
  readonly startedAtMs: number;
  count: number;
  open: number;
  endedAtMs: number;
}

export function noteSteps(clock: Pick<Clock, 'now'>, before: readonly StepNote[] = []): Steps {
  const steps: Noted[] = [];
  let others: Others | undefined;
  let ofComponents = 0;
  const now = () => clock.now().getTime();

  const track = (isMain: boolean): Track => {
    let endLast = () => {};
    return {
      begin(name, title) {
        endLast();
        const startedAtMs = now();
        const isBeyond = isMain ? steps.length >= mostSteps - 1 : ofComponents >= mostOfComponents;
        if (isBeyond) {
          others ??= { startedAtMs, count: 0, open: 0, endedAtMs: startedAtMs };
          const its = others;
          its.count += 1;
          its.open += 1;
          endLast = () => {
            its.open -= 1;
            its.endedAtMs = now();
            endLast = () => {};
          };
          return;
        }
        if (!isMain) ofComponents += 1;
        const step: Noted = { name: shortened(name), title, startedAtMs };
        steps.push(step);
        endLast = () => {
          step.endedAtMs = now();
          endLast = () => {};
        };
      },
      end: () => endLast(),
    };
  };

  return {
    ...track(true),
    track: () => track(false),
    notes() {
      const noted = others ? [...steps, asStep(others)] : steps;
      const made = noted.map(toNote).sort((one, other) => (one.startedAt < other.startedAt ? -1 : 1));
      return [...before, ...made].slice(-mostSteps);
    },
  };
}

function asStep({ startedAtMs, endedAtMs, count, open }: Others): Noted {
  return { name: 'others', title: `${count} more`, startedAtMs, ...(open === 0 && { endedAtMs }) };
}

function toNote({ name, title, startedAtMs, endedAtMs }: Noted): StepNote {
  return {
    name,
    ...(title !== undefined && { title: shortened(title) }),
    startedAt: new Date(startedAtMs).toISOString(),
    ...(endedAtMs !== undefined && { seconds: secondsOf(endedAtMs - startedAtMs) }),
  };
}

/** DynamoDB takes no half character: one that is cut in two would end the run. */
const shortened = (text: string) => text.slice(0, titleCharacters).toWellFormed();

/** A clock that was set back makes no negative time. */
export function secondsOf(milliseconds: number): number {
  return Math.max(0, Math.round(milliseconds / 10) / 100);
}

export interface ShownStep extends StepNote {
  readonly state: 'done' | 'running' | 'failed';
}

type Whole = 'running' | 'completed' | 'failed';

/** What became of each: of one that failed, `endedAt` says when. */
export function shownSteps(
  steps: readonly StepNote[] | undefined,
  whole: Whole,
  endedAt: string | undefined,
): readonly ShownStep[] | undefined {
  return steps?.map((step): ShownStep => {
    if (step.seconds !== undefined || whole === 'completed') return { ...step, state: 'done' };
    if (whole === 'running') return { ...step, state: 'running' };
    const took = endedAt === undefined ? undefined : Date.parse(endedAt) - Date.parse(step.startedAt);
    return { ...step, state: 'failed', ...(took !== undefined && { seconds: secondsOf(took) }) };
  });
}
