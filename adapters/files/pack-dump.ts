/**
 * One pack on its way out: files read ahead, each hashed, those whose content is stored already left out, the others
 * written into the tar. Small files are read whole before their header is written, so one that changes is simply read
 * again; a long one that changes while it streams leaves a void member that no index names. Promises: after the output
 * has ended every member has its entry.
 */
import { createHash, hash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ahead } from './ahead.ts';
import { type Compression, compress } from './compress.ts';
import type { ContentPlace, StoredContents } from './contents.ts';
import { EMPTY_SHA256, type IndexEntry, type SkippedEntry } from './index-format.ts';
import { PAX_OBJECT, type PackContents } from './model.ts';
import type { FoundFile, LongFile, Origin, ReadFacts, ReadResult, Unread, WholeFile } from './origin.ts';
import type { Member, PlannedPack } from './plan-packs.ts';
import { type TarMember, TarWriter } from './tar-writer.ts';

/** Files up to this are read whole, so that a changed one is found before a byte of it is written. */
export const WHOLE_BYTES = 8 * 1024 * 1024;
/** How often a file that changes is read before it is given up. */
const TRIES = 3;
const PAUSE_MS = 100;

export interface PackRules {
  readonly origin: Origin;
  /** The id of this pack in the index. */
  readonly packId: number;
  readonly compression: Compression;
  /** What is stored already, here and by the backups before; loaded when first asked for. */
  readonly contents: () => Promise<StoredContents>;
  readonly signal: AbortSignal;
  /** Throws where the plan does not tolerate it. */
  readonly onSkipped: (skipped: SkippedEntry) => void;
  readonly onRead: (bytes: number) => void;
  readonly onDeduplicated: (bytes: number) => void;
}

export interface PackDump {
  readonly output: AsyncIterable<Uint8Array>;
  contents(): PackContents;
}

export function dumpPack(pack: PlannedPack, rules: PackRules): PackDump {
  const tar = new TarWriter();
  async function* output(): AsyncGenerator<Uint8Array> {
    let failure: unknown;
    const writing = writeMembers(pack.members, tar, rules).catch((thrown: unknown) => {
      failure = thrown;
      tar.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
    try {
      yield* compress(tar.output(), rules.compression);
    } catch (thrown) {
      // What made the tar break off, rather than that it did.
      throw failure ?? thrown;
    } finally {
      tar.destroy(new Error('nobody reads it any more'));
      await writing;
    }
    if (failure !== undefined) throw failure;
  }
  return { output: output(), contents: () => tar.contents() };
}

async function writeMembers(members: readonly Member[], tar: TarWriter, rules: PackRules): Promise<void> {
  const { origin, signal } = rules;
  const limits = {
    atATime: origin.readsAtATime,
    weight: origin.readAheadBytes,
    // A long one is only opened in its turn.
    weightOf: ({ found }: Member) => (found.type === 'file' && found.size <= WHOLE_BYTES ? found.size : 0),
  };
  const read = async ({ found }: Member): Promise<ReadResult | undefined> =>
    found.type === 'file' && found.size <= WHOLE_BYTES ? readPatiently(found, rules) : undefined;
  for await (const { item: member, result } of ahead(members, limits, read, closeIfLong)) {
    signal.throwIfAborted();
    const { found } = member;
    if (found.type !== 'file') {
      await tar.whole(tarMember(found), nothing, EMPTY_SHA256);
      member.entry = found;
    } else {
      member.entry = await writeFile(found, result ?? (await readPatiently(found, rules)), tar, rules);
    }
  }
  await tar.finish();
}

const nothing = Buffer.alloc(0);

function closeIfLong(result: ReadResult | undefined): void {
  if (result?.kind === 'long') void result.close();
}

async function readPatiently(found: FoundFile, { origin, signal }: PackRules): Promise<ReadResult> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    const result = await origin.read(found, WHOLE_BYTES, signal);
    if (result.kind !== 'unread' || !result.again || tries >= TRIES) return result;
    await sleep(PAUSE_MS * tries, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

async function writeFile(
  found: FoundFile,
  first: ReadResult,
  tar: TarWriter,
  rules: PackRules,
): Promise<IndexEntry> {
  let result = first;
  for (let tries = 1; ; tries += 1) {
    if (result.kind === 'unread') return skip(found, result, rules);
    if (result.kind === 'whole') {
      const entry = await writeWhole(found, result, tar, rules);
      result.release?.();
      return entry;
    }
    const written = await writeLong(found, result, tar, rules);
    if ('type' in written) return written;
    if (tries >= TRIES) return skip(found, written, rules);
    result = await readPatiently(found, rules);
  }
}

async function writeWhole(
  found: FoundFile,
  { content, facts, sha256: digest = hash('sha256', content, 'buffer') }: WholeFile,
  tar: TarWriter,
  rules: PackRules,
): Promise<IndexEntry> {
  rules.onRead(content.length);
  const sha256 = digest.toString('hex');
  if (content.length === 0) {
    const isMarker = found.path.endsWith('/');
    await tar.whole(tarMember({ ...found, ...facts, type: isMarker ? 'dir' : 'file' }), content, sha256);
    return isMarker ? { path: found.path, type: 'dir', ...facts } : entryOf(found, 0, facts, sha256);
  }
  const contents = await rules.contents();
  const known = contents.find(digest);
  if (known !== undefined) {
    rules.onDeduplicated(content.length);
    return entryOf(found, content.length, facts, sha256, known);
  }
  // Noted before it is written: the same content in another pack that is made now refers to this one.
  const member = tarMember({ ...found, ...facts });
  const offset = tar.nextOffset(member, content.length);
  contents.add(digest, { pack: rules.packId, offset });
  await tar.whole(member, content, sha256);
  return entryOf(found, content.length, facts, sha256, { pack: rules.packId, offset });
}

async function writeLong(
  found: FoundFile,
  file: LongFile,
  tar: TarWriter,
  rules: PackRules,
): Promise<IndexEntry | Unread> {
  const { size, facts } = file;
  const contents = await rules.contents();
  try {
    // Hashing costs a reading, so only where there is a chance.
    if (contents.hasLongSize(size)) {
      const hashed = await hashLong(file, rules);
      if ('kind' in hashed) return hashed;
      const known = contents.find(hashed);
      if (known !== undefined) {
        rules.onDeduplicated(size);
        return entryOf(found, size, facts, hashed.toString('hex'), known);
      }
      await file.close();
      const again = await rules.origin.read(found, WHOLE_BYTES, rules.signal);
      if (again.kind === 'unread') return again;
      if (again.kind === 'whole') return writeWhole(found, again, tar, rules);
      return await streamLong(found, again, contents, tar, rules);
    }
    return await streamLong(found, file, contents, tar, rules);
  } finally {
    await file.close();
  }
}

async function streamLong(
  found: FoundFile,
  file: LongFile,
  contents: StoredContents,
  tar: TarWriter,
  rules: PackRules,
): Promise<IndexEntry | Unread> {
  const { size, facts } = file;
  let why: string | undefined;
  try {
    const written = await tar.streamed(
      tarMember({ ...found, ...facts }),
      size,
      counted(file.stream(), rules),
      async (came) => {
        why = await file.settled();
        if (came < size) why ??= 'it became shorter while it was read';
        return why !== undefined;
      },
    );
    if (why !== undefined) return { kind: 'unread', code: 'changed', why, again: true };
    const { sha256, offset } = written;
    const place = { pack: rules.packId, offset };
    contents.add(Buffer.from(sha256, 'hex'), place, size);
    return entryOf(found, size, facts, sha256, place);
  } finally {
    await file.close();
  }
}

async function hashLong(file: LongFile, rules: PackRules): Promise<Buffer | Unread> {
  const digest = createHash('sha256');
  let came = 0;
  for await (const chunk of counted(file.stream(), rules)) {
    digest.update(chunk);
    came += chunk.length;
  }
  const why =
    (await file.settled()) ?? (came < file.size ? 'it became shorter while it was read' : undefined);
  return why === undefined ? digest.digest() : { kind: 'unread', code: 'changed', why, again: true };
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  { onRead, signal }: PackRules,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    onRead(chunk.length);
    yield chunk;
  }
}

function entryOf(
  { path }: FoundFile,
  size: number,
  facts: ReadFacts,
  sha256: string,
  place?: ContentPlace,
): IndexEntry {
  return {
    path,
    type: 'file',
    size,
    ...facts,
    sha256,
    ...(place === undefined ? {} : { at: [place.pack, place.offset] as const }),
  };
}

function skip({ path }: FoundFile, { code, why }: Unread, rules: PackRules): IndexEntry {
  const skipped: SkippedEntry = { path, type: 'skipped', code, why };
  rules.onSkipped(skipped);
  return skipped;
}

/** What S3 says of an object stands in the tar too, for whoever has nothing but that. */
function tarMember(
  thing: Omit<TarMember, 'records'> & { readonly etag?: string; readonly contentType?: string },
): TarMember {
  const { path, type, mtime, mode, uid, gid, target, ...rest } = thing as TarMember & Record<string, unknown>;
  const { size: _, known: __, ctime: ___, ino: ____, ...object } = rest;
  return {
    path,
    type,
    mtime,
    ...(mode === undefined ? {} : { mode, uid, gid }),
    ...(target === undefined ? {} : { target }),
    ...(Object.keys(object).length === 0 ? {} : { records: { [PAX_OBJECT]: JSON.stringify(object) } }),
  };
}
