/** What the real backup makes of a real folder, in two runs that build upon one another, read, drilled and restored. */
import { execFileSync } from 'node:child_process';
import {
  chmod,
  lutimes,
  mkdir,
  mkdtemp,
  realpath,
  rm,
  symlink,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Segment } from '../../core/manifest.ts';
import type { OpenSegment } from '../../core/ports/recovery.ts';
import { filesWorld } from '../support/files-world.ts';
import { contextOf, recovery, restore } from './restore-support.ts';

let base: string;
beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'holdfast-round-')));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Everything that makes a tree: names, contents, modes, owners, times, links. */
function treeOf(folder: string): string {
  const format = '%P|%y|%m|%U:%G|%T@|%l|%s\n';
  const listed = execFileSync('find', [folder, '-printf', format], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const sums = execFileSync('sh', ['-c', 'find . -type f -exec sha256sum {} + | sort -k2'], {
    cwd: folder,
    encoding: 'utf8',
  });
  const lines = listed.split('\n').map((line) => {
    // Sizes of folders belong to the file system; times come back to a quarter of a microsecond.
    const [path, type, mode, owner, time = '', link, size] = line.split('|');
    return [path, type, mode, owner, Number(time).toFixed(5), link, type === 'f' ? size : ''].join('|');
  });
  return `${lines.sort().join('\n')}\n${sums}`;
}

describe.each(['zstd', 'bzip2'] as const)('a folder backed up twice with %s', (compression) => {
  it('is read, drilled and restored as it was, out of packs of both runs', async () => {
    const path = join(base, compression, 'files');
    await mkdir(join(path, 'a/deep/er'), { recursive: true });
    for (let at = 0; at < 60; at++) {
      await writeFile(join(path, 'a', `f${at}`), `content ${at % 50}\n`.repeat(at * 20));
      await utimes(join(path, 'a', `f${at}`), 1, 1_600_000_000 + at + 0.25);
    }
    await writeFile(
      join(path, 'large'),
      Buffer.alloc(compression === 'zstd' ? 9_000_000 : 100_000, 'large and dull '),
    );
    await writeFile(join(path, 'ü\n漢'), 'strange', { mode: 0o600 });
    await mkdir(join(path, 'empty folder'), { mode: 0o701 });
    await symlink('../large', join(path, 'a/link'));
    await lutimes(join(path, 'a/link'), 5, 5.5);
    await chmod(join(path, 'a/f1'), 0o751);
    await chmod(path, 0o750);
    const world = filesWorld({ packBytes: 300_000 });
    const source = { path, compression };
    await world.backup(source);
    await writeFile(join(path, 'a/f2'), 'changed');
    await writeFile(join(path, 'new'), 'new');
    await unlink(join(path, 'a/f3'));
    const { component } = await world.backup(source);
    expect(component.references?.length).toBeGreaterThan(1);
    const open: OpenSegment = (segment) =>
      Readable.from(
        (async function* () {
          yield await world.unsealed(segment);
        })(),
        { objectMode: true },
      );

    const readings = new Map<Segment, Record<string, unknown>>();
    for (const segment of [...component.segments, ...(component.references ?? [])])
      readings.set(segment, await recovery.read(segment, open(segment)));
    const proof = recovery.compareReading(component, readings);
    expect(proof.differences).toEqual([]);
    expect(proof.notProven).toEqual([]);
    expect(proof.compared).toMatchObject({ files: 62, places: 61, links: 1 });
    const read = {
      name: component.title,
      type: 'files',
      source: { rows: 62 },
      backup: { rows: 62 },
      same: true,
    };
    expect(proof.items).toContainEqual(read);

    const drill = await recovery.drill(component, open, join(base, 'work'), contextOf());
    expect(drill.differences).toEqual([]);
    expect(drill.compared.filesReadBack).toBe(62);
    expect(drill.items).toContainEqual({ ...read, restored: { rows: 62 } });
    expect(drill.items?.map(({ type }) => type)).toEqual(['files', 'folders', 'links']);

    const to = join(base, compression, 'restored');
    const outcome = await restore(
      { component, open, stored: new Map(), opened: [], readBytes: new Map() },
      { source, to },
    );
    expect(outcome.skipped).toEqual([]);
    expect(outcome.comparison?.differences).toEqual([]);
    expect(outcome.comparison?.items).toContainEqual({ ...read, restored: { rows: 62 } });
    expect(treeOf(to)).toBe(treeOf(path));
    const again = await restore(
      { component, open, stored: new Map(), opened: [], readBytes: new Map() },
      { source, replace: true },
    );
    expect(again.nextSteps.join(' ')).toContain('0 files were written');
    expect(treeOf(path)).toBe(treeOf(to));
  });
});
