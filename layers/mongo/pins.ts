/**
 * Which release of MongoDB's Database Tools the layers carry, and the SHA-256 of its archives: pins.json, the one place
 * to change it. An architecture without one is refused, unless the builder is told to take what MongoDB's
 * release feed says (docs/decisions/0100); `node layers/mongo/pin.ts` writes what the feed says into the file.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const architectures = ['x86_64', 'arm64'] as const;
export type Arch = (typeof architectures)[number];

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 as 64 hexadecimal digits');

export const pinsSchema = z.strictObject({
  version: z.string().regex(/^\d{1,4}\.\d{1,4}\.\d{1,4}$/, 'a release such as 100.19.1'),
  sha256: z.strictObject({ x86_64: sha256.optional(), arm64: sha256.optional() }),
});
export type Pins = z.infer<typeof pinsSchema>;

export const pinsPath = join(import.meta.dirname, 'pins.json');

export async function readPins(path = pinsPath): Promise<Pins> {
  return pinsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
}

/** As MongoDB names it: `mongodb-database-tools-amazon2023-aarch64-100.19.1.tgz`. */
export function archiveName(version: string, arch: Arch): string {
  return `mongodb-database-tools-amazon2023-${arch === 'arm64' ? 'aarch64' : arch}-${version}.tgz`;
}
