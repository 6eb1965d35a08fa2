/**
 * How far each segment of a run or a restore is, and how fast it goes, for the row that is written anyway. Bounded
 * whatever the number of segments: what is done is summed up first, and of the rest at most 60 are shown.
 */
import type { ProgressFigures, SegmentProgress } from './ports/catalog.ts';
import type { Clock } from './ports/index.ts';
import { rateOver } from './rate.ts';

/** A row shows so many, the sum of the others included. */
export const mostSegments = 60;
/** Of those that wait so many have a name here; the sum counts the rest. */
const mostKept = 500;
const nameCharacters = 100;

export interface SegmentPlan {
  readonly name: string;
  readonly component?: string | undefined;
  /** 0: not known. */
  readonly totalBytes: number;
}

export interface Segments {
  /** What is going to be done. */
  plan(segments: readonly SegmentPlan[]): void;
  /** So much of it is done, since it began; one that was not planned is added. */
  reached(segment: SegmentPlan, plainBytes: number): void;
  /** Once for each. */
  done(segment: Pick<SegmentPlan, 'name' | 'component'>, plainBytes?: number): void;
  /** Everything that was planned is done, whatever was said of it. */
  finish(): void;
  /** Of all of them together. */
  plainBytes(): number;
  figures(): ProgressFigures;
}

type Kept = { -readonly [F in keyof SegmentProgress]: SegmentProgress[F] };

export function segmentProgress(clock: Pick<Clock, 'now'>): Segments {
  const kept = new Map<string, Kept>();
  /** Those of which only the sum is known: done, or beyond what is kept. */
  const others = { count: 0, plainBytes: 0, totalBytes: 0, waiting: 0 };
  let plainBytes = 0;
  const rate = rateOver(clock);

  const keep = ({ name, component, totalBytes }: SegmentPlan): Kept => {
    const its: Kept = {
      // DynamoDB takes no half character.
      name: name.slice(0, nameCharacters).toWellFormed(),
      ...(component !== undefined && { component }),
      ...{ plainBytes: 0, totalBytes: Math.max(0, Math.round(totalBytes)), state: 'waiting' },
    };
    kept.set(keyOf({ name, component }), its);
    return its;
  };
  /** Those that are done go first, the longest done before. */
  const sumUp = () => {
    if (kept.size <= mostSegments) return;
    for (const [key, segment] of kept) {
      if (kept.size <= mostSegments) return;
      if (segment.state !== 'done') continue;
      kept.delete(key);
      others.count += 1;
      others.plainBytes += segment.plainBytes;
      others.totalBytes += segment.totalBytes;
    }
  };
  /** One that was beyond what is kept is kept from its beginning on. */
  const begun = (segment: SegmentPlan): Kept => {
    const known = kept.get(keyOf(segment));
    if (known) return known;
    if (others.waiting > 0) {
      others.waiting -= 1;
      others.count -= 1;
      others.totalBytes = Math.max(0, others.totalBytes - Math.round(segment.totalBytes));
    }
    return keep(segment);
  };
  const reached = (its: Kept, bytes: number) => {
    plainBytes += bytes - its.plainBytes;
    its.plainBytes = bytes;
    rate.at(plainBytes);
  };

  return {
    plan(segments) {
      for (const segment of segments) {
        if (kept.size < mostKept) keep(segment);
        else {
          others.count += 1;
          others.waiting += 1;
          others.totalBytes += Math.max(0, Math.round(segment.totalBytes));
        }
      }
    },
    reached(segment, bytes) {
      const its = begun(segment);
      if (its.state === 'waiting') its.state = 'running';
      reached(its, bytes);
    },
    done({ name, component }, bytes) {
      const its = kept.get(keyOf({ name, component })) ?? begun({ name, component, totalBytes: bytes ?? 0 });
      if (bytes !== undefined) reached(its, bytes);
      its.state = 'done';
      sumUp();
    },
    finish() {
      for (const segment of kept.values()) {
        if (segment.state !== 'done') reached(segment, Math.max(segment.plainBytes, segment.totalBytes));
        segment.state = 'done';
      }
      plainBytes += others.totalBytes - others.plainBytes;
      others.plainBytes = others.totalBytes;
      others.waiting = 0;
    },
    plainBytes: () => plainBytes,
    figures() {
      const bytesPerSecond = rate.perSecond();
      const segments = shown([...kept.values()], others);
      return {
        updatedAt: clock.now().toISOString(),
        ...(bytesPerSecond !== undefined && { bytesPerSecond }),
        ...(segments.length > 0 && { segments }),
      };
    },
  };
}

const keyOf = ({ name, component = '' }: Pick<SegmentPlan, 'name' | 'component'>) => `${component}/${name}`;

type Sum = Readonly<Record<'count' | 'plainBytes' | 'totalBytes' | 'waiting', number>>;

/** Those that run are always shown, in the order in which they were planned; the others as far as there is room. */
function shown(all: readonly Kept[], others: Sum): readonly SegmentProgress[] {
  const room = all.length > mostSegments || others.count > 0 ? mostSegments - 1 : mostSegments;
  const rank = { running: 0, waiting: 1, done: 2 };
  const chosen = new Set([...all].sort((one, other) => rank[one.state] - rank[other.state]).slice(0, room));
  const left = all.filter((segment) => !chosen.has(segment));
  const named = all.filter((segment) => chosen.has(segment)).map((segment) => ({ ...segment }));
  const count = others.count + left.length;
  if (count === 0) return named;
  const sum = (of: 'plainBytes' | 'totalBytes') =>
    left.reduce((total, segment) => total + segment[of], others[of]);
  const toDo = others.waiting + left.filter(({ state }) => state !== 'done').length;
  const state = toDo === 0 ? 'done' : sum('plainBytes') > 0 ? 'running' : 'waiting';
  return [
    ...named,
    { name: `${count} others`, plainBytes: sum('plainBytes'), totalBytes: sum('totalBytes'), state },
  ];
}
