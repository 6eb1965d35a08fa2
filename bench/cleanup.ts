/**
 * How long cleanup plans for a million rows, and in how much memory: 10,000 plans with 100 rows each, and one plan with
 * all of them. Each shape runs in a process of its own, as Node runs in the functions; the worse figure counts.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { streamingNodeOptions } from '../infra/node-options.ts';

export interface CleanupFigures {
  readonly cleanupSeconds: number;
  readonly cleanupRssMiB: number;
  readonly cleanupShapes: readonly CleanupShape[];
}

export interface CleanupShape {
  readonly plans: number;
  readonly parseSeconds: number;
  readonly decideSeconds: number;
  /** Making up the items: not counted. */
  readonly madeSeconds: number;
  readonly peakRssMiB: number;
  readonly kept: number;
  readonly expiring: number;
}

const secondsOf = ({ parseSeconds, decideSeconds }: CleanupShape) => parseSeconds + decideSeconds;
const rounded = (number: number) => Math.round(number * 100) / 100;

export async function benchCleanup(say: (text: string) => void): Promise<CleanupFigures> {
  say('cleanup: planning for 1,000,000 rows');
  const shapes: CleanupShape[] = [];
  for (const plans of [10_000, 1]) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      streamingNodeOptions,
      join(import.meta.dirname, 'cleanup-worker.ts'),
      String(plans),
    ]);
    const shape = { plans, ...(JSON.parse(stdout) as Omit<CleanupShape, 'plans'>) };
    shapes.push(shape);
    say(
      `  ${`${plans} plans`.padEnd(20)} ${secondsOf(shape).toFixed(2)} s (of it parsing ${shape.parseSeconds.toFixed(2)} s), ${shape.peakRssMiB.toFixed(0)} MiB`,
    );
  }
  return {
    cleanupSeconds: rounded(Math.max(...shapes.map(secondsOf))),
    cleanupRssMiB: Math.round(Math.max(...shapes.map(({ peakRssMiB }) => peakRssMiB))),
    cleanupShapes: shapes,
  };
}
