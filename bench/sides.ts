/** What the sides of a bench have in common: programs, workers and stand-ins in processes of their own, medians. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryKeyStore } from '../adapters/memory/key-secrets.ts';
import { initialiseKeyRing } from '../core/keys/initialise.ts';
import { streamingNodeOptions } from '../infra/node-options.ts';
import type { Job } from './worker.ts';

export interface Run {
  readonly seconds: number;
  readonly peakRssMiB?: number;
  readonly cpuSeconds?: number;
  readonly [figure: string]: unknown;
}

/** Runs a program and times the whole of it. */
export async function timed(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Run> {
  const began = performance.now();
  await command(program, args, env);
  return { seconds: (performance.now() - began) / 1000 };
}

export async function command(
  program: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4000)));
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${errors}`);
  return out;
}

export async function worker(job: Job): Promise<Run> {
  // As the functions run.
  const args = [streamingNodeOptions, join(import.meta.dirname, 'worker.ts'), JSON.stringify(job)];
  const out = await command(process.execPath, args);
  return JSON.parse(out.trim().split('\n').at(-1) ?? '{}');
}

export async function standIn(directory?: string): Promise<{ endpoint: string; stop(): void }> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'stand-in.ts'), ...(directory ? [directory] : [])],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (line) => resolve(String(line).trim()));
    child.once('exit', () => reject(new Error('the stand-in did not start')));
  });
  return { endpoint, stop: () => child.kill() };
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

export const round2 = (number: number) => Math.round(number * 100) / 100;

/** A key ring of the bench's own; the file's name is what workers are given. */
export async function makeKeys(home: string): Promise<string> {
  const store = memoryKeyStore();
  await initialiseKeyRing(store, new Date());
  const file = join(home, 'keys.json');
  await writeFile(file, JSON.stringify(store.values));
  return file;
}

/** Collects what each side took, and says it. */
export function sidesOf(say: (text: string) => void) {
  const sides: Record<string, Run[]> = {};
  return {
    sides,
    note(side: string, run: Run): void {
      sides[side] = [...(sides[side] ?? []), run];
      const memory = run.peakRssMiB ? `, ${run.peakRssMiB.toFixed(0)} MiB` : '';
      say(`  ${side.padEnd(20)} ${run.seconds.toFixed(2)} s${memory}`);
    },
    middle: (side: string) => median((sides[side] ?? []).map((run) => run.seconds)),
    peakRssMiB: (...names: readonly string[]) =>
      Math.round(Math.max(...names.flatMap((side) => (sides[side] ?? []).map((run) => run.peakRssMiB ?? 0)))),
  };
}
