/** Files as a source: where they are, opening a session on them, and `plan test`. */
import type { S3Client } from '@aws-sdk/client-s3';
import { InvalidInput } from '../../core/errors.ts';
import type { Secrets } from '../../core/ports/index.ts';
import type { KindOptions } from '../../core/ports/kind.ts';
import type { SourceDriver } from '../../core/ports/source.ts';
import { s3Client } from '../s3/client.ts';
import { endpointClient, parseEndpoint } from '../s3/endpoint.ts';
import { checkSource } from './checks.ts';
import { decimalSeconds } from './folder-facts.ts';
import { wantedBy } from './globs.ts';
import type { FilesFacts } from './model.ts';
import type { Origin } from './origin.ts';
import { bucketOrigin } from './origin-bucket.ts';
import { folderOrigin } from './origin-folder.ts';
import { openSession } from './session.ts';
import { type FilesSource, RESTORED_PREFIX } from './source.ts';

export interface FilesDriverOptions extends KindOptions {
  /** Replaces the client of a bucket, for tests. */
  readonly client?: () => S3Client;
  /** Bytes of a pack; the format's 128 MiB, unless a test wants many. */
  readonly packBytes?: number;
  /** How young a file is read again by the next run; default 2,000 (origin-folder.ts). */
  readonly raceWindowMs?: number;
  /** Called while a small file is read, for tests. */
  readonly afterRead?: (path: string) => Promise<void>;
  readonly contentsLimit?: number;
}

export interface Reached {
  readonly origin: Origin;
  readonly place: FilesFacts['place'];
  readonly left: readonly string[];
  readonly root?: FilesFacts['root'];
}

export function filesDriver(options: FilesDriverOptions): SourceDriver<FilesSource> {
  const reach = (source: FilesSource, secrets: Secrets) => reachSource(source, secrets, options);
  return {
    // Reading files keeps nobody from reading them.
    leases: () => [],
    basis: ({ mode, fullEveryDays }) => (mode === 'full' ? undefined : { mode, fullEveryDays }),
    async targets(source) {
      return [{ component: source.name, title: titleOf(source) }];
    },
    async open(source, target, context) {
      const reached = await reach(source, context.secrets);
      const { packBytes, contentsLimit } = options;
      return openSession({
        source,
        target,
        context,
        ...reached,
        ...(packBytes === undefined ? {} : { packBytes }),
        ...(contentsLimit === undefined ? {} : { contentsLimit }),
      });
    },
    test: (source, context) => checkSource(source, () => reach(source, context.secrets), context.signal),
  };
}

export function titleOf(source: FilesSource): string {
  return source.path ?? `s3://${source.bucket}/${source.prefix ?? ''}`;
}

async function reachSource(
  source: FilesSource,
  secrets: Secrets,
  options: FilesDriverOptions,
): Promise<Reached> {
  const { path, bucket = '', prefix = '' } = source;
  if (path !== undefined) {
    const { raceWindowMs, afterRead } = options;
    const origin = await folderOrigin({
      path,
      mayEnter: wantedBy(source).mayEnter,
      ...(raceWindowMs === undefined ? {} : { raceWindowMs }),
      ...(afterRead === undefined ? {} : { afterRead }),
    });
    const { mode, uid, gid, mtimeNs } = origin.root;
    const root = {
      mode: Number(mode & 0o7777n),
      uid: Number(uid),
      gid: Number(gid),
      mtime: decimalSeconds(mtimeNs),
    };
    return { origin, place: { path }, left: [], root };
  }
  // A store of its own may have a bucket of that name too.
  if (source.secret === undefined && bucket === options.vaultBucket) {
    throw new InvalidInput(`source ${source.name}`, [
      { field: 'bucket', value: JSON.stringify(bucket), allowed: 'must not be the vault itself' },
    ]);
  }
  const { client, endpoint } = await clientOf(source, secrets, options);
  const left = prefix === '' ? [RESTORED_PREFIX] : [];
  return {
    origin: bucketOrigin({ client, bucket, prefix }),
    place: { bucket, prefix, ...(endpoint === undefined ? {} : { endpoint }) },
    left,
  };
}

/** The client that a source's bucket is reached with; the caller destroys it. */
export async function clientOf(
  { secret, region, parallelism = 2 }: FilesSource,
  secrets: Secrets,
  options: Pick<FilesDriverOptions, 'allowLoopback' | 'client'>,
): Promise<{ readonly client: S3Client; readonly endpoint?: string }> {
  if (options.client !== undefined) return { client: options.client() };
  if (secret !== undefined) {
    const endpoint = parseEndpoint(await secrets.get(secret), secret);
    return {
      client: endpointClient(endpoint, { allowLoopback: options.allowLoopback }),
      endpoint: endpoint.endpoint,
    };
  }
  // A connection for each read of each pack, and for the listing.
  const maxSockets = Math.max(64, 16 * parallelism + 8);
  return { client: s3Client({ maxSockets, ...(region === undefined ? {} : { region }) }) };
}
