/**
 * The restore drill of files: everything is restored into a scratch folder as a restore would, read back from the
 * disk, compared with the index and deleted as it goes. Promises: the disk holds what is in the making and no more;
 * what could not be tried is in `notProven`; nothing stays behind.
 */
import { mkdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, hasCode } from '../../core/errors.ts';
import type { Component } from '../../core/manifest.ts';
import type { Comparison, OpenSegment, RecoveryContext } from '../../core/ports/recovery.ts';
import { DrillTarget } from './drill-target.ts';
import { filesFactsSchema, packContentsSchema } from './model.ts';
import { compareEnd, countSides } from './read-compare.ts';
import { Findings } from './read-findings.ts';
import { restoreFiles } from './restore-engine.ts';
import { LeftOutList } from './restore-left.ts';

/** Small files in the making (32 MiB), their folders, and what else lives on that disk. */
const marginBytes = 128 * 1024 * 1024;

/** Two of the largest packs: a large file is a pack of its own, and two are written at a time. */
export function drillBytes(component: Component): number {
  const packs = [...component.segments, ...(component.references ?? [])].flatMap(({ contents }) => {
    const parsed = packContentsSchema.safeParse(contents);
    return parsed.success ? [parsed.data.bytes] : [];
  });
  return 2 * packs.reduce((most, bytes) => Math.max(most, bytes), 0) + marginBytes;
}

/** @throws HoldfastError SCRATCH_TOO_SMALL, INTEGRITY_*; the signal's reason */
export async function drill(
  component: Component,
  open: OpenSegment,
  workDir: string,
  context: RecoveryContext,
): Promise<Comparison> {
  const facts = filesFactsSchema.parse(component.facts);
  const folder = join(workDir, 'files-drill');
  const found = new Findings();
  const leftOut = new LeftOutList();
  // What an earlier drill left must not count against this one.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await requireSpace(folder, drillBytes(component));
    const target = new DrillTarget({ folder, named: 'path' in facts.place, foldsCase: false, found });
    const { end, placed, wanted } = await restoreFiles({
      component,
      open,
      target,
      onlyChanged: false,
      leftOut,
      context,
    });
    compareEnd(found, end, component);
    const missing =
      wanted.files + wanted.folders + wanted.links - placed.files - placed.folders - placed.links;
    const named = leftOut.count - end.skipped;
    if (missing > named)
      found.difference(
        `${missing} files, folders and links were not restored, ${named} of them with a reason`,
      );
    countSides(found, component, { backup: end, restored: placed }, { excused: missing <= named });
    for (const line of leftOut.lines()) {
      if (!line.includes(': it is not in the backup: ')) found.notProven(line, 'a drill cannot place it');
    }
    for (const line of await target.finish()) found.notProven(line, 'the drill did not run as root');
    found.fact('mode', facts.mode);
    found.skipped(facts);
    return found.build();
  } catch (thrown) {
    context.signal.throwIfAborted();
    if (hasCode(thrown, 'TARGET_SPACE'))
      throw new HoldfastError('SCRATCH_TOO_SMALL', `the drill broke off: ${thrown.message}`, {
        cause: thrown,
      });
    if (hasCode(thrown, 'TARGET_UNSUITABLE', 'RESTORE_FAILED'))
      throw new HoldfastError('SCRATCH_FAILED', `the drill broke off: ${thrown.message}`, {
        cause: thrown,
        next: 'Look at the scratch folder of this runtime: its disk, its permissions.',
      });
    throw thrown;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function requireSpace(folder: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  if (freeBytes >= neededBytes) return;
  throw new HoldfastError(
    'SCRATCH_TOO_SMALL',
    `a drill of these files needs about ${neededBytes} bytes in ${folder}, where ${freeBytes} are free`,
    { details: { neededBytes, freeBytes } },
  );
}
