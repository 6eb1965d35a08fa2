/**
 * `filesRatio`: how fast Holdfast reads, packs, hashes and seals 2 GB in 10,000 files, against `tar | zstd -1 |
 * sha256sum` over the same folder in the same run, alternating, medians. Above 1 is faster than the pipeline.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { streamingNodeOptions } from '../infra/node-options.ts';
import { command, median, type Run, round2 } from './sides.ts';

export interface FilesFigures {
  readonly filesRatio: number;
  readonly filesMBps: number;
  readonly filesPipelineMBps: number;
  readonly filesPeakRssMiB: number;
}

export interface FilesBenchOptions {
  readonly files?: number;
  readonly bytes?: number;
  readonly rounds?: number;
  /** Where `zstd` is, besides the PATH. */
  readonly bin?: string;
}

export async function benchFiles(
  say: (text: string) => void,
  { files = 10_000, bytes = 2e9, rounds = 3, bin }: FilesBenchOptions = {},
): Promise<FilesFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-bench-files-'));
  const env = { ...process.env, PATH: [process.env.PATH, bin].filter(Boolean).join(delimiter) };
  try {
    await fill(folder, files, Math.floor(bytes / files));
    const pipeline = () =>
      timed(() => shell('set -o pipefail; tar -cf - . | zstd -1 -q | sha256sum', folder, env));
    const program = join(import.meta.dirname, 'files-worker.ts');
    const holdfast = async (): Promise<Run> =>
      JSON.parse(await command(process.execPath, [streamingNodeOptions, program, folder]));
    await pipeline();
    await holdfast();
    const theirs: number[] = [];
    const ours: Run[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const pipelineSeconds = await pipeline();
      const run = await holdfast();
      theirs.push(pipelineSeconds);
      ours.push(run);
      say(
        `  tar | zstd -1 | sha256sum ${pipelineSeconds.toFixed(2)} s, files ${run.seconds.toFixed(2)} s, ${run.peakRssMiB?.toFixed(0)} MiB`,
      );
    }
    const [one, other] = [median(ours.map(({ seconds }) => seconds)), median(theirs)];
    return {
      filesRatio: round2(other / one),
      filesMBps: Math.round(bytes / one / 1e6),
      filesPipelineMBps: Math.round(bytes / other / 1e6),
      filesPeakRssMiB: Math.round(Math.max(...ours.map(({ peakRssMiB = 0 }) => peakRssMiB))),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Like a mix of documents and pictures: half of each file cannot be compressed. No two are the same. */
async function fill(folder: string, files: number, bytes: number): Promise<void> {
  const words = Buffer.from('the quick brown fox jumps over the lazy dog, again and again; ');
  for (let at = 0; at < files; at += 1) {
    const directory = join(folder, String(Math.floor(at / 100)).padStart(4, '0'));
    if (at % 100 === 0) await mkdir(directory);
    const content = Buffer.alloc(bytes, words);
    for (let from = 0; from < bytes; from += 8192)
      randomBytes(Math.min(4096, bytes - from)).copy(content, from);
    await writeFile(join(directory, `file-${at}`), content);
  }
}

async function shell(command: string, cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ended with ${code}: is zstd on the PATH?`);
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return (performance.now() - began) / 1000;
}
