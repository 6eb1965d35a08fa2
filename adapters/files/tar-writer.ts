/**
 * The tar of a pack: every member with a pax header, so that times are kept to the nanosecond and names whatever they
 * are. Promises: it knows where each content begins, and says so only when what was written is as long as it counted.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../../core/errors.ts';
import { Blocks } from './blocks.ts';
import { TAR_BLOCK, type TarMember, tarHeader, wholeBlocks } from './tar-header.ts';

export type { TarMember } from './tar-header.ts';

export class TarWriter {
  readonly #blocks = new Blocks();
  readonly #digest = createHash('sha256');
  readonly #voids: number[] = [];
  #members = 0;
  #bytes = 0;
  #position = 0;
  #written = 0;
  #next: { readonly member: TarMember; readonly size: number; readonly header: Buffer } | undefined;

  /** The bytes of the tar; ends after `finish`. Each piece is the reader's until it asks for the next one. */
  async *output(): AsyncGenerator<Buffer> {
    for await (const block of this.#blocks.read()) {
      this.#written += block.length;
      yield block;
    }
    if (this.#written !== this.#position)
      throw new HoldfastError('INTERNAL', `a tar of ${this.#written} bytes, ${this.#position} were counted`);
  }

  /** A member with its content, if it has one; it may be used again afterwards. Returns the offset of the content. */
  async whole(member: TarMember, content: Buffer, sha256: string): Promise<number> {
    const offset = this.nextOffset(member, content.length);
    await this.#begin(member, content.length);
    await this.#blocks.write(content);
    await this.#pad(content.length);
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
    const offset = this.nextOffset(member, size);
    await this.#begin(member, size);
    const hash = createHash('sha256');
    let came = 0;
    const write = (chunk: Buffer) => {
      hash.update(chunk);
      return this.#blocks.write(chunk);
    };
    for await (const chunk of content) {
      came += chunk.length;
      if (came > size) throw new HoldfastError('INTERNAL', `${member.path}: more bytes than announced`);
      await write(chunk);
    }
    const voided = await isVoid(came);
    for (let left = size - came; left > 0; left -= zeros.length) await write(zeros.subarray(0, left));
    await this.#pad(size);
    const sha256 = hash.digest('hex');
    if (voided) this.#voids.push(this.#members);
    this.#note(member.path, size, sha256, voided);
    return { offset, sha256, isVoid: voided };
  }

  /** Nothing follows. */
  async finish(): Promise<void> {
    this.#position += 2 * TAR_BLOCK;
    await this.#blocks.write(zeros.subarray(0, 2 * TAR_BLOCK));
    this.#blocks.end();
  }

  destroy(error: Error): void {
    this.#blocks.fail(error);
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
    if (this.#next?.member !== member || this.#next.size !== size)
      this.#next = { member, size, header: tarHeader(member, size) };
    return this.#position + this.#next.header.length;
  }

  async #begin(member: TarMember, size: number): Promise<void> {
    const offset = this.nextOffset(member, size);
    const header = this.#next?.header ?? nothing;
    this.#next = undefined;
    this.#position = offset + wholeBlocks(size);
    await this.#blocks.write(header);
  }

  async #pad(size: number): Promise<void> {
    await this.#blocks.write(zeros.subarray(0, wholeBlocks(size) - size));
  }

  #note(path: string, size: number, sha256: string, isVoid: boolean): void {
    this.#members += 1;
    this.#bytes += size;
    this.#digest.update(`${path}\0${size}\0${sha256}${isVoid ? '\0void' : ''}\n`);
  }
}

const nothing = Buffer.alloc(0);
const zeros = Buffer.alloc(1024 * 1024);
