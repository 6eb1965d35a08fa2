/**
 * The tar of a pack, written through tar-stream: every member with a pax header, so that times are kept to the
 * nanosecond and names whatever they are. Promises: it knows where each content begins, and says so only when what
 * was written is as long as it counted.
 */
import { createHash } from 'node:crypto';
import { type EventEmitter, once } from 'node:events';
import { type Header, pack } from 'tar-stream';
import { HoldfastError } from '../../core/errors.ts';
import type { Owned } from './index-format.ts';
import { PAX_PATH } from './model.ts';

const BLOCK = 512;
/** What waits for the compressor. */
const WAITING_BYTES = 2 * 1024 * 1024;
/** Numbers of the old header: six and eleven octal digits. */
const MAX_ID = 0o777777;
const MAX_SECONDS = 2 ** 31 - 1;

export interface TarMember extends Owned {
  readonly path: string;
  readonly type: 'file' | 'dir' | 'symlink';
  readonly mtime: string;
  readonly target?: string;
  /** More records of the pax header. */
  readonly records?: Readonly<Record<string, string>>;
}

type PaxHeader = Partial<Header> & { readonly name: string; readonly pax: Record<string, string> };

export class TarWriter {
  readonly #pack = pack({ highWaterMark: WAITING_BYTES });
  readonly #digest = createHash('sha256');
  readonly #voids: number[] = [];
  #members = 0;
  #bytes = 0;
  #position = 0;
  #written = 0;

  /** The bytes of the tar; ends after `finish`. */
  async *output(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#pack as unknown as AsyncIterable<Buffer>) {
      this.#written += chunk.length;
      yield chunk;
    }
    if (this.#written !== this.#position)
      throw new HoldfastError('INTERNAL', `a tar of ${this.#written} bytes, ${this.#position} were counted`);
  }

  /** A member with its content, if it has one. Returns the offset of the content. */
  async whole(member: TarMember, content: Buffer, sha256: string): Promise<number> {
    const offset = this.#begin(member, content.length);
    const header = headerOf(member, content.length);
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error | null) => (error ? reject(error) : resolve());
      if (content.length === 0) this.#pack.entry(header, done).end(null);
      else this.#pack.entry(header, content, done);
    });
    this.#note(member.path, content.length, sha256, false);
    return offset;
  }

  /**
   * A member whose content comes piece by piece. What does not come of its size is filled with zeros.
   * @param isVoid asked when all has come: whether the member is not what the file was
   */
  async streamed(
    member: TarMember,
    size: number,
    content: AsyncIterable<Buffer>,
    isVoid: (cameBytes: number) => Promise<boolean>,
  ): Promise<{ readonly offset: number; readonly sha256: string; readonly isVoid: boolean }> {
    const offset = this.#begin(member, size);
    const hash = createHash('sha256');
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    ended.catch(() => {});
    const sink = this.#pack.entry(headerOf(member, size), (error) => (error ? reject(error) : resolve()));
    let came = 0;
    const write = async (chunk: Buffer) => {
      hash.update(chunk);
      if (!sink.write(chunk)) await Promise.race([once(sink as unknown as EventEmitter, 'drain'), ended]);
    };
    try {
      for await (const chunk of content) {
        came += chunk.length;
        if (came > size) throw new HoldfastError('INTERNAL', `${member.path}: more bytes than announced`);
        await write(chunk);
      }
      const voided = await isVoid(came);
      for (let left = size - came; left > 0; left -= zeros.length) await write(zeros.subarray(0, left));
      sink.end(null);
      await ended;
      const sha256 = hash.digest('hex');
      if (voided) this.#voids.push(this.#members);
      this.#note(member.path, size, sha256, voided);
      return { offset, sha256, isVoid: voided };
    } catch (thrown) {
      sink.destroy();
      throw thrown;
    }
  }

  /** Nothing follows. */
  finish(): void {
    this.#position += 2 * BLOCK;
    this.#pack.finalize();
  }

  destroy(error: Error): void {
    this.#pack.destroy(error);
  }

  /** After `output` has ended. */
  contents() {
    return {
      members: this.#members,
      bytes: this.#bytes,
      digest: this.#digest.copy().digest('hex'),
      ...(this.#voids.length > 0 ? { voids: this.#voids } : {}),
    };
  }

  /** Where the content of that member would begin, if it were the next. */
  nextOffset(member: TarMember, size: number): number {
    const { name, linkname, pax } = headerOf(member, size);
    let records = record('path', name);
    if (linkname) records += record('linkpath', linkname);
    for (const [key, value] of Object.entries(pax)) records += record(key, value);
    return this.#position + BLOCK + blocks(records) + BLOCK;
  }

  #begin(member: TarMember, size: number): number {
    const offset = this.nextOffset(member, size);
    this.#position = offset + blocks(size);
    return offset;
  }

  #note(path: string, size: number, sha256: string, isVoid: boolean): void {
    this.#members += 1;
    this.#bytes += size;
    this.#digest.update(`${path}\0${size}\0${sha256}${isVoid ? '\0void' : ''}\n`);
  }
}

const zeros = Buffer.alloc(1024 * 1024);

function blocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

/** Length of a pax record: its own length in decimal, a space, `key=value`, a line end. */
function record(key: string, value: string): number {
  const rest = Buffer.byteLength(key) + Buffer.byteLength(value) + 3;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return length;
}

const types = { file: 'file', dir: 'directory', symlink: 'symlink' } as const;

function headerOf(member: TarMember, size: number): PaxHeader {
  const { path, type, mtime, mode, uid = 0, gid = 0, target, records } = member;
  const name = isSafeName(path, type) ? path : 'holdfast-unsafe-name';
  return {
    name,
    type: types[type],
    size,
    mode: mode ?? (type === 'dir' ? 0o755 : 0o644),
    uid: Math.min(uid, MAX_ID),
    gid: Math.min(gid, MAX_ID),
    mtime: new Date(1000 * Math.min(Math.max(0, Math.floor(Number(mtime))), MAX_SECONDS)),
    ...(target === undefined ? {} : { linkname: target }),
    pax: {
      mtime,
      ...(uid > MAX_ID ? { uid: String(uid) } : {}),
      ...(gid > MAX_ID ? { gid: String(gid) } : {}),
      ...(name === path ? {} : { [PAX_PATH]: path }),
      ...records,
    },
  };
}

/** Whether any tar program makes of this name what it says, and nothing outside of where it works. */
function isSafeName(path: string, type: TarMember['type']): boolean {
  if (path.includes('\0') || path.includes('\\') || path.startsWith('/')) return false;
  if (type !== 'dir' && path.endsWith('/')) return false;
  const names = (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
  return names.every((name) => name !== '' && name !== '.' && name !== '..');
}
