/**
 * Takes mongodump, mongorestore and the licences out of MongoDB's archive, and nothing else. Promises: what is written
 * is below `target` under names of ours; an archive with a path that leads elsewhere is refused as a whole, and so is
 * one whose program is no ordinary file, is missing, or is larger than it can be.
 */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';

const programs = ['mongodump', 'mongorestore'] as const;
const licences = ['LICENSE.md', 'THIRD-PARTY-NOTICES', 'README.md'] as const;
/** 100.19 is 20 MB a program. */
const maxFileBytes = 100 * 1024 * 1024;
const maxEntries = 1000;

/** @param root the directory in the archive, `mongodb-database-tools-amazon2023-x86_64-100.19.1` */
export async function unpackTools(archive: Buffer, root: string, target: string): Promise<void> {
  const wanted = new Map<string, { readonly path: string; readonly mode: number }>([
    ...programs.map((name) => [`${root}/bin/${name}`, { path: `mongo/bin/${name}`, mode: 0o755 }] as const),
    ...licences.map((name) => [`${root}/${name}`, { path: `mongo/licenses/${name}`, mode: 0o644 }] as const),
  ]);
  const found = new Map<string, Buffer>();
  const tar = extract();
  Readable.from([archive])
    .pipe(createGunzip())
    .on('error', (error) => tar.destroy(new Error(`the archive is damaged: ${error.message}`)))
    .pipe(tar);
  let entries = 0;
  for await (const entry of tar) {
    const { name, type } = entry.header;
    if (++entries > maxEntries) throw new Error(`the archive has more than ${maxEntries} entries`);
    if (name.startsWith('/') || name.split('/').includes('..') || name.split('/')[0] !== root)
      throw new Error(`the archive has an entry outside ${root}: ${JSON.stringify(name.slice(0, 200))}`);
    if (!wanted.has(name)) {
      entry.resume();
      continue;
    }
    if (type !== 'file') throw new Error(`${name} in the archive is a ${type}, not a file`);
    if (found.has(name)) throw new Error(`${name} is in the archive twice`);
    found.set(name, await content(entry as AsyncIterable<Buffer>, name));
  }
  for (const program of programs) {
    const bytes = found.get(`${root}/bin/${program}`);
    if (bytes === undefined) throw new Error(`the archive holds no ${program}`);
    // ELF: a page that a proxy put in its place would not be found before a backup is due.
    if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46)
      throw new Error(`${program} is no program for Linux`);
  }
  if (!found.has(`${root}/LICENSE.md`)) throw new Error('the archive holds no LICENSE.md');
  for (const dir of ['bin', 'licenses'])
    await mkdir(join(target, 'mongo', dir), { recursive: true, mode: 0o755 });
  for (const [name, { path, mode }] of wanted) {
    const bytes = found.get(name);
    if (bytes === undefined) continue;
    await writeFile(join(target, path), bytes);
    await chmod(join(target, path), mode);
  }
}

async function content(entry: AsyncIterable<Buffer>, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of entry) {
    bytes += chunk.length;
    if (bytes > maxFileBytes) throw new Error(`${name} is larger than ${maxFileBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
