/** Waiting for work that runs elsewhere: bounded, with growing pauses, and with a line that says how it goes. */
import type { Clock } from '../core/ports/index.ts';
import type { Output } from './output.ts';
import { oneLine } from './table.ts';
import { formatBytes, formatDuration, formatRate } from './units.ts';

/** First pause between two looks; each is 1.4 times the last, up to the longest. */
const firstPauseMilliseconds = 700;
const longestPauseMilliseconds = 5000;
/** Where nothing can redraw, an unchanged step is said again this often. */
const quietMilliseconds = 15_000;

/** Ctrl-C while waiting: the work itself goes on. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
    this.name = 'Interrupted';
  }
}

export interface Waiting<T> {
  readonly clock: Clock;
  /** Ends the wait with a rejection (Interrupted). */
  readonly signal?: AbortSignal;
  /** One look: the result when it is there, else undefined. Throws to give up; it knows the limits of its work. */
  readonly look: () => Promise<T | undefined>;
}

/** Looks until there is a result. The limit is the look's own to keep: what is late differs by kind of work. */
export async function waitFor<T>({ clock, signal, look }: Waiting<T>): Promise<T> {
  let pause = firstPauseMilliseconds;
  for (;;) {
    signal?.throwIfAborted();
    const result = await look();
    if (result !== undefined) return result;
    await clock.sleep(pause, signal);
    pause = Math.min(longestPauseMilliseconds, Math.round(pause * 1.4));
  }
}

export interface Step {
  /** What is being done now. */
  readonly step: string;
  readonly doneBytes?: number;
  /** An estimate may be passed; the percentage then stays at 99. */
  readonly totalBytes?: number;
}

/** One line about one job: redrawn on a terminal, repeated on change elsewhere. */
export class ProgressLine {
  readonly #out: Output;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #drawn = false;
  #lastStep = '';
  #lastPrintedAt = Number.NEGATIVE_INFINITY;

  constructor(out: Output, clock: Clock) {
    this.#out = out;
    this.#clock = clock;
    this.#startedAt = clock.now().getTime();
  }

  show(step: Step): void {
    const now = this.#clock.now().getTime();
    const line = oneLine(describeStep(step, now - this.#startedAt));
    if (this.#out.terminal.live) {
      const width = Math.min(this.#out.terminal.widthColumns, 200) - 1;
      this.#out.terminal.stderr.write(`\r\u001b[2K${line.slice(0, width)}`);
      this.#drawn = true;
      return;
    }
    if (step.step === this.#lastStep && now - this.#lastPrintedAt < quietMilliseconds) return;
    this.#lastStep = step.step;
    this.#lastPrintedAt = now;
    this.#out.note(line);
  }

  /** Takes the line away, so that what follows starts on a clean one. */
  clear(): void {
    if (this.#drawn) this.#out.terminal.stderr.write('\r\u001b[2K');
    this.#drawn = false;
  }
}

export function describeStep(step: Step, elapsedMilliseconds: number): string {
  const { doneBytes, totalBytes } = step;
  const parts = [step.step];
  if (doneBytes !== undefined && doneBytes > 0) {
    const percent = totalBytes ? `${Math.min(99, Math.floor((doneBytes * 100) / totalBytes))} %` : undefined;
    const of = totalBytes ? ` of ${formatBytes(totalBytes)}` : '';
    parts.push(`${formatBytes(doneBytes)}${of}`, formatRate(doneBytes, elapsedMilliseconds));
    if (percent) parts.push(percent);
    const left = leftMs(doneBytes, totalBytes ?? 0, elapsedMilliseconds);
    if (left !== undefined) parts.push(`${formatDuration(left)} left`);
  }
  if (elapsedMilliseconds >= 1000) parts.push(formatDuration(elapsedMilliseconds));
  return parts.join(' · ');
}

/** Before so much time has passed a rate is a guess. */
const soonMilliseconds = 3000;

/** By the rate so far; undefined where that says nothing. */
function leftMs(doneBytes: number, totalBytes: number, elapsedMilliseconds: number): number | undefined {
  if (totalBytes <= doneBytes || elapsedMilliseconds < soonMilliseconds) return undefined;
  return ((totalBytes - doneBytes) * elapsedMilliseconds) / doneBytes;
}
