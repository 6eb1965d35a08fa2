/** Carries the licences of the packages along: whoever gets the tools gets their terms. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DebianPackage } from './apt.ts';

/**
 * Copies each package's copyright file to `target` and reads the short names of its licences.
 *
 * @returns package → names as its file gives them; empty where the file is free text, which is copied all the same
 */
export async function licensesOf(
  packages: readonly DebianPackage[],
  staging: string,
  target: string,
): Promise<Record<string, string[]>> {
  await mkdir(target, { recursive: true, mode: 0o755 });
  const licenses: Record<string, string[]> = {};
  for (const { name } of packages) {
    const source = join(staging, 'usr/share/doc', name, 'copyright');
    const text = await readFile(source, 'utf8').catch(() => undefined);
    // A package whose documentation is a link to another's that was left out has nothing of its own to carry.
    if (text === undefined) continue;
    await copyFile(source, join(target, name));
    const names = [...text.matchAll(/^License:[ \t]*(\S.*)$/gm)].map(([, license = '']) => license.trim());
    licenses[name] = [...new Set(names)].sort();
  }
  return licenses;
}
