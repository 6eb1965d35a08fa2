/**
 * What backup and restore can prove about the places of files where they run: what they were given is there and can be
 * read, and what they must not change refuses it. The writes that must be refused are such that nothing would be left
 * behind if they were not.
 */
import { open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { RESTORED_PREFIX } from '../adapters/files/source.ts';
import { fromFileSystem } from '../adapters/folder/errors.ts';
import { fromS3 } from '../adapters/s3/errors.ts';
import type { Check } from '../core/self-test.ts';
import type { FilesPlace } from './environment.ts';
import type { Wiring } from './wiring.ts';

const limitMs = 20_000;

/** Backup: reads each bucket, and changes nothing there; the same for the file system. */
export function filesToBackUp(wiring: Wiring): Check[] {
  const { environment, iamEnforced } = wiring;
  const buckets = environment.HOLDFAST_FILES_BUCKETS;
  return [
    ...buckets.map((bucket) => readable(wiring, bucket)),
    ...(iamEnforced ? buckets.map((bucket) => unwritable(wiring, bucket.name, firstPrefix(bucket))) : []),
    ...fileSystemReadable(environment.HOLDFAST_FILE_SYSTEM),
    ...(iamEnforced ? fileSystemUnwritable(environment.HOLDFAST_FILE_SYSTEM) : []),
  ];
}

/** Restore: sees where it may put files, and can put none beside, unless an operator named the bucket for that. */
export function filesToRestore(wiring: Wiring): Check[] {
  const { environment, iamEnforced } = wiring;
  const { HOLDFAST_FILES_BUCKETS: buckets, HOLDFAST_RESTORE_BUCKETS: targets } = environment;
  const named = new Set(targets.map(({ name }) => name));
  const places = [...buckets.map(({ name }) => ({ name, prefixes: [RESTORED_PREFIX] })), ...targets];
  return [
    ...places.map((place) => listable(wiring, place)),
    ...(iamEnforced
      ? buckets.filter(({ name }) => !named.has(name)).map(({ name }) => unwritable(wiring, name, ''))
      : []),
    ...fileSystemReadable(environment.HOLDFAST_FILE_SYSTEM),
  ];
}

function readable(wiring: Wiring, place: FilesPlace): Check {
  const prefix = firstPrefix(place);
  return {
    name: `files in ${place.name}/${prefix} can be read`,
    run: async () => {
      const key = await firstKey(wiring, place.name, prefix);
      if (key === undefined) return 'there are none';
      const reply = await asked('s3:GetObject', `s3://${place.name}/${key}`, (abortSignal) =>
        wiring.s3.send(new GetObjectCommand({ Bucket: place.name, Key: key }), { abortSignal }),
      );
      (reply.Body as Readable | undefined)?.destroy();
      return `${reply.ContentLength ?? 0} bytes in the first`;
    },
  };
}

function listable(wiring: Wiring, place: FilesPlace): Check {
  const prefix = firstPrefix(place);
  return {
    name: `files may be put into ${place.name}/${prefix}`,
    run: async () =>
      (await firstKey(wiring, place.name, prefix)) === undefined
        ? 'nothing is there yet'
        : 'something is there',
  };
}

/** Asks to replace an object by condition that cannot be there: refused for who may not write, and else without effect. */
function unwritable({ s3 }: Wiring, Bucket: string, prefix: string): Check {
  const Key = `${prefix}holdfast-self-test-must-not-be-there`;
  return {
    name: `nothing in ${Bucket}/${prefix} can be changed`,
    run: async () => {
      const IfMatch = '"00000000000000000000000000000000"';
      await asked('s3:PutObject', `s3://${Bucket}/${Key}`, (abortSignal) =>
        s3.send(new PutObjectCommand({ Bucket, Key, Body: 'x', IfMatch }), { abortSignal }),
      );
      return 'it was not refused';
    },
    refusedAs: ['VAULT_REFUSED', 'ACCESS_DENIED'],
  };
}

function fileSystemReadable(path: string | undefined): Check[] {
  if (path === undefined) return [];
  const run = async () => {
    const names = await readdir(path).catch((thrown: unknown): never => {
      throw fromFileSystem(thrown, 'reading', path);
    });
    return `${names.length} entries`;
  };
  return [{ name: `the file system at ${path} can be read`, run }];
}

function fileSystemUnwritable(path: string | undefined): Check[] {
  if (path === undefined) return [];
  const file = join(path, `.holdfast-self-test-${process.pid}`);
  const run = async () => {
    const made = await open(file, 'wx').catch((thrown: unknown): never => {
      throw fromFileSystem(thrown, 'writing', file);
    });
    await made.close();
    await unlink(file);
    return 'it was not refused: the file system needs a policy that leaves access to IAM (docs/configuration.md)';
  };
  return [{ name: `the file system at ${path} cannot be changed`, run, refusedAs: ['VAULT_REFUSED'] }];
}

function firstPrefix({ prefixes: [first = ''] }: FilesPlace): string {
  return first;
}

async function firstKey({ s3 }: Wiring, Bucket: string, Prefix: string): Promise<string | undefined> {
  const reply = await asked('s3:ListBucket', `s3://${Bucket}/${Prefix}`, (abortSignal) =>
    s3.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 }), { abortSignal }),
  );
  return reply.Contents?.[0]?.Key;
}

async function asked<T>(
  action: string,
  what: string,
  send: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  try {
    return await send(AbortSignal.timeout(limitMs));
  } catch (thrown) {
    throw fromS3(thrown, action, what);
  }
}
