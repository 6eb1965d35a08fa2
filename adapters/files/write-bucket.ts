/**
 * A bucket that things are restored into. Promises: an object is whole or not there; nothing that lies there is
 * written over unless that was asked for, also not what comes meanwhile; content type and user metadata are those of
 * the backup; no unfinished upload stays behind (best effort); what a failed restore made under a new prefix is
 * deleted again, the very versions it wrote, or the error says what is left.
 */
import {
  DeleteObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { inParallel } from '../../core/at-a-time.ts';
import { HoldfastError } from '../../core/errors.ts';
import { statusOf } from '../s3/errors.ts';
import {
  EMPTY_SHA256,
  type FileEntry,
  type FolderEntry,
  type LinkEntry,
  type ObjectFacts,
} from './index-format.ts';
import type { FileWriter, LeftOut, RestoreTarget } from './restore-target.ts';
import { asked, type BucketPlace, causeOf, type Described } from './write-bucket-call.ts';
import { bucketUpload, smallestPartBytes } from './write-bucket-upload.ts';

export interface BucketTargetOptions {
  readonly place: BucketPlace;
  /** What is there may be written over; else nothing may lie below the prefix. */
  readonly overwrite: boolean;
}

/** Keys that are remembered for taking them back; about 100 bytes each. */
const maxRemembered = 200_000;
const maxUnsure = 100;
const undoMilliseconds = 60_000;
const maxNamed = 20;

/** @throws HoldfastError TARGET_EXISTS, TARGET_UNSUITABLE, ACCESS_DENIED */
export async function bucketTarget(options: BucketTargetOptions, signal: AbortSignal): Promise<BucketTarget> {
  await requireRoom(options, signal);
  return new BucketTarget(options);
}

/** Whether anything lies below the prefix. Only lists. @throws HoldfastError TARGET_EXISTS, TARGET_UNSUITABLE, ACCESS_DENIED */
export async function requireRoom(
  { place, overwrite }: BucketTargetOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { Contents = [] } = await asked(
    place,
    's3:ListBucket',
    `s3://${place.bucket}/${place.prefix}`,
    signal,
    (send) =>
      place.client.send(
        new ListObjectsV2Command({ Bucket: place.bucket, Prefix: place.prefix, MaxKeys: 1 }),
        send,
      ),
  );
  if (Contents.length > 0 && !overwrite) {
    throw new HoldfastError('TARGET_EXISTS', `s3://${place.bucket}/${place.prefix} is not empty`, {
      next: 'Choose a new prefix (--to), or --overwrite to write over what is below it.',
    });
  }
  return Contents.length > 0;
}

export class BucketTarget implements RestoreTarget {
  readonly ground = 'bucket';
  readonly prefixBytes: number;
  readonly foldsCase = false;
  readonly largeAtATime = 2;
  readonly #place: BucketPlace;
  readonly #overwrite: boolean;
  readonly #written: { readonly key: string; readonly versionId?: string | undefined }[] = [];
  #writtenCount = 0;
  /** Requests whose reply was not waited for or was lost: what they wrote, if anything, is found out by looking. */
  readonly #unsure: FileEntry[] = [];
  #unsureBeyond = 0;
  #folders = 0;
  #withModes = 0;

  constructor({ place, overwrite }: BucketTargetOptions) {
    this.#place = place;
    this.#overwrite = overwrite;
    this.prefixBytes = Buffer.byteLength(place.prefix);
  }

  async holds(entry: FileEntry, signal: AbortSignal): Promise<boolean | 'by-etag'> {
    const { client, bucket, prefix } = this.#place;
    const Key = prefix + entry.path;
    try {
      const head = await asked(this.#place, 's3:GetObject (HeadObject)', Key, signal, (send) =>
        client.send(new HeadObjectCommand({ Bucket: bucket, Key, ChecksumMode: 'ENABLED' }), send),
      );
      if (head.ContentLength !== entry.size || !isDescribedAs(entry, head)) return false;
      if (head.ChecksumSHA256 === base64Of(entry.sha256)) return true;
      return entry.etag !== undefined && bare(head.ETag) === bare(entry.etag) ? 'by-etag' : false;
    } catch (thrown) {
      const status = statusOf(causeOf(thrown));
      // Who may list only some prefixes is told 403 of a key that is not there.
      if (status === 404 || (status === 403 && !(await this.#isListed(Key, signal)))) return false;
      throw thrown;
    }
  }

  /** Where listing is refused too, it may be there. */
  async #isListed(Key: string, signal: AbortSignal): Promise<boolean> {
    const { client, bucket } = this.#place;
    try {
      const { Contents = [] } = await asked(this.#place, 's3:ListBucket', Key, signal, (send) =>
        client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: Key, MaxKeys: 1 }), send),
      );
      return Contents[0]?.Key === Key;
    } catch {
      signal.throwIfAborted();
      return true;
    }
  }

  async expect(_bytes: number): Promise<void> {}

  async folder(entry: FolderEntry, signal: AbortSignal): Promise<LeftOut> {
    // In a bucket it was an object of its own, empty, with a name that ends with a slash.
    if (entry.etag !== undefined)
      return this.small({ ...entry, type: 'file', size: 0, sha256: EMPTY_SHA256 }, Buffer.alloc(0), signal);
    this.#folders++;
    return undefined;
  }

  async small(entry: FileEntry, bytes: Uint8Array, signal: AbortSignal): Promise<LeftOut> {
    const { client, bucket, prefix } = this.#place;
    const Key = prefix + entry.path;
    const command = {
      ...{ Bucket: bucket, Key, Body: bytes, ContentLength: bytes.length },
      ...described(entry),
      ChecksumSHA256: base64Of(entry.sha256),
      ...this.#condition(),
    };
    const versionId = await this.#settle(entry, Key, signal, () =>
      asked(this.#place, 's3:PutObject', Key, signal, (send) =>
        client.send(new PutObjectCommand(command), send),
      ),
    );
    this.#note(entry, Key, versionId);
    return undefined;
  }

  async large(entry: FileEntry, signal: AbortSignal): Promise<FileWriter> {
    const Key = this.#place.prefix + entry.path;
    const upload = bucketUpload(this.#place, Key, entry.size, described(entry), signal);
    return {
      write: (bytes) => upload.write(bytes),
      commit: async () => {
        const versionId = await this.#settle(entry, Key, signal, () => upload.complete(this.#condition()));
        this.#note(entry, Key, versionId);
        return undefined;
      },
      abandon: () => upload.abandon(),
    };
  }

  async link(_entry: LinkEntry): Promise<LeftOut> {
    return 'a bucket has no links';
  }

  async finishFolder(_entry: FolderEntry): Promise<void> {}

  async finish(): Promise<readonly string[]> {
    return [
      ...(this.#folders > 0
        ? [`${this.#folders} folders as such: a bucket has none, what is in them was restored`]
        : []),
      ...(this.#withModes > 0
        ? [`modes, owners and times of ${this.#withModes} files: a bucket does not keep them`]
        : []),
    ];
  }

  async undo(): Promise<readonly string[]> {
    const { bucket, prefix } = this.#place;
    const below = `below s3://${bucket}/${prefix}`;
    if (this.#overwrite) {
      if (this.#writtenCount === 0) return [];
      const named = this.#written.slice(0, maxNamed).map(({ key }) => JSON.stringify(key));
      const more = this.#writtenCount - named.length;
      return [
        `${this.#writtenCount} objects that were written ${below}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
      ];
    }
    const limit = AbortSignal.timeout(undoMilliseconds);
    let unseen = this.#unsureBeyond;
    for (const entry of this.#unsure) {
      const holds = await this.holds(entry, limit).catch(() => undefined);
      if (holds === undefined) unseen++;
      else if (holds) this.#note(entry, prefix + entry.path, undefined);
    }
    let deleted = 0;
    let why = '';
    await inParallel(this.#written, 8, async ({ key, versionId }) => {
      await this.#delete(key, versionId, limit);
      deleted++;
    }).catch((thrown: unknown) => {
      why = ` (${thrown instanceof Error ? thrown.message : String(thrown)})`;
    });
    const left = this.#writtenCount - deleted;
    return [
      ...(left === 0 ? [] : [`${left} objects ${below}${why}`]),
      ...(unseen === 0 ? [] : [`up to ${unseen} more ${below}, which could not be looked for`]),
    ];
  }

  async #delete(Key: string, versionId: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, bucket } = this.#place;
    const of = versionId === undefined ? {} : { VersionId: versionId };
    await asked(this.#place, 's3:DeleteObject', Key, signal, (send) =>
      client.send(new DeleteObjectCommand({ Bucket: bucket, Key, ...of }), send),
    );
  }

  #condition(): { IfNoneMatch?: string } {
    return this.#overwrite ? {} : { IfNoneMatch: '*' };
  }

  #note(entry: FileEntry, key: string, versionId: string | undefined): void {
    this.#writtenCount++;
    if (entry.mode !== undefined) this.#withModes++;
    if (this.#written.length < maxRemembered) this.#written.push({ key, versionId });
  }

  /** The condition failed: either the reply to an earlier try was lost, or somebody else was there first. */
  async #settle(
    entry: FileEntry,
    Key: string,
    signal: AbortSignal,
    request: () => Promise<{ readonly VersionId?: string | undefined }>,
  ): Promise<string | undefined> {
    try {
      return (await request()).VersionId;
    } catch (thrown) {
      const status = statusOf(causeOf(thrown));
      if (status === undefined || status >= 500) {
        if (this.#unsure.length < maxUnsure) this.#unsure.push(entry);
        else this.#unsureBeyond++;
      }
      if (status !== 412) throw thrown;
      if (entry.size <= smallestPartBytes && (await this.holds(entry, signal))) return undefined;
      throw new HoldfastError(
        'TARGET_EXISTS',
        `${Key} came into s3://${this.#place.bucket} during the restore`,
        {
          cause: thrown,
          next: 'Choose a prefix that nobody else writes to, or --overwrite.',
        },
      );
    }
  }
}

function described(entry: ObjectFacts): Described {
  const expires = entry.expires === undefined ? Number.NaN : Date.parse(entry.expires);
  return {
    ...(entry.contentType === undefined ? {} : { ContentType: entry.contentType }),
    ...(entry.contentEncoding === undefined ? {} : { ContentEncoding: entry.contentEncoding }),
    ...(entry.contentDisposition === undefined ? {} : { ContentDisposition: entry.contentDisposition }),
    ...(entry.contentLanguage === undefined ? {} : { ContentLanguage: entry.contentLanguage }),
    ...(entry.cacheControl === undefined ? {} : { CacheControl: entry.cacheControl }),
    // A header that is no date was kept by S3 as text; commands take dates only.
    ...(Number.isNaN(expires) ? {} : { Expires: new Date(expires) }),
    ...(entry.metadata === undefined ? {} : { Metadata: { ...entry.metadata } }),
  };
}

/** Somebody may have copied an object onto itself with another type: its content and its ETag stay as they are. */
function isDescribedAs(entry: ObjectFacts, head: HeadObjectCommandOutput): boolean {
  // A file of a folder says nothing of it.
  if (entry.etag === undefined) return true;
  const wanted = described(entry);
  const there = described({
    contentType: head.ContentType,
    contentEncoding: head.ContentEncoding,
    contentDisposition: head.ContentDisposition,
    contentLanguage: head.ContentLanguage,
    cacheControl: head.CacheControl,
    expires: head.ExpiresString,
    metadata: head.Metadata,
  });
  const words = ({ ContentType, Expires, Metadata, ...rest }: Described) =>
    JSON.stringify([
      // S3 gives one to what was written without.
      wanted.ContentType === undefined ? undefined : ContentType,
      ...[Expires?.getTime(), rest.ContentEncoding, rest.ContentDisposition, rest.ContentLanguage],
      ...[rest.CacheControl, Object.entries(Metadata ?? {}).sort()],
    ]);
  return words(wanted) === words(there);
}

function bare(etag: string | undefined): string | undefined {
  return etag?.replace(/^(?:W\/)?"|"$/g, '');
}

function base64Of(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}
