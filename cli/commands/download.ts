/**
 * `holdfast download BACKUP --to FOLDER`: the sealed files of a backup, as they are, laid out as in the vault. Nothing is
 * opened, so no key is needed; `decrypt`, `verify --from` and `restore --from` take the folder. Repeating it goes on where
 * it stopped: what is whole stays, what was begun is continued.
 */

import type { components } from '../../api/schema.ts';
import { HoldfastError } from '../../core/errors.ts';
import { type Api, answer } from '../api/client.ts';
import { findBackup, requireCompleted } from '../api/lookup.ts';
import type { Cli } from '../context.ts';
import { type Fetched, fetchInto, type Wanted } from '../download/fetch.ts';
import { prepareFolder } from '../download/folder.ts';
import { exitCodes } from '../failure.ts';
import { ProgressLine } from '../progress.ts';
import { counted, formatBytes } from '../units.ts';

type Item = components['schemas']['Download']['items'][number];

/** Links that are asked for at a time, and how long they hold; a page of 200 large objects may take longer: then anew. */
const linksAtATime = 50;
const linkMinutes = 60;
/** A backup of 10 TB has about 10,000 objects of 1 GiB. */
const mostPages = 10_000;

/** 0; 7 when something is missing in the vault, 6 when something lies in an archive class: all the rest is there then. */
export async function download(cli: Cli, name: string, options: { readonly to: string }): Promise<number> {
  const api = await cli.api();
  const row = requireCompleted(await findBackup(api, name, (text) => cli.out.warn(text)));
  const { backupId, planId, manifest, storedBytes } = row;
  await prepareFolder(options.to);
  const line = new ProgressLine(cli.out, cli.clock);
  const stop = new AbortController();
  const release = cli.onInterrupt(() =>
    stop.abort(
      new HoldfastError('CANCELLED', 'stopped; what was brought stays, and repeating the command goes on'),
    ),
  );
  const total = { files: 0, present: 0, bytes: 0, brought: 0 };
  const lacking: Item[] = [];
  try {
    for await (const page of pagesOf(api, backupId)) {
      for (const item of page.items) {
        if (item.state !== 'ready' || item.url === undefined) {
          lacking.push(item);
          continue;
        }
        const wanted: Wanted = {
          ...{ key: item.key, url: item.url, lengthBytes: item.lengthBytes },
          // Of the manifest the row knows more than the length; the manifest knows it of all the others.
          sha256: item.key === manifest?.key ? manifest.sha256 : undefined,
        };
        const fetched: Fetched = await fetchInto(options.to, wanted, {
          signal: stop.signal,
          fetch,
          renewed: () => linkTo(api, backupId, page.cursor, item.key),
          onBytes: (bytes) => {
            total.bytes += bytes;
            line.show({ step: item.key, doneBytes: total.bytes, totalBytes: storedBytes });
          },
        });
        total.files += 1;
        if (fetched === 'present') {
          total.present += 1;
          total.bytes += item.lengthBytes ?? 0;
        } else total.brought += 1;
      }
    }
  } finally {
    release();
    line.clear();
  }
  const missing = lacking.filter(({ state }) => state === 'missing');
  for (const { key, state } of lacking.slice(0, 20)) cli.out.warn(`${key} is ${words[state]}`);
  cli.out.result(
    {
      planId,
      backupId,
      folder: options.to,
      ...total,
      lacking: lacking.map(({ key, state }) => ({ key, state })),
    },
    () =>
      [
        `${options.to} has ${counted(total.files, 'file')} (${formatBytes(total.bytes)}) of backup ${backupId}: ${total.brought} brought, ${total.present} were there.`,
        lacking.length > 0
          ? `${lacking.length} could not be brought.`
          : `Try it: holdfast verify --from ${options.to} --key KEYFILE`,
      ].join('\n'),
  );
  if (missing.length > 0) return exitCodes.integrity;
  return lacking.length > 0 ? exitCodes.vault : 0;
}

const words: Readonly<Record<Item['state'], string>> = {
  ready: 'ready',
  archived: 'in an archive class: a restore asks for its return, then repeat this',
  returning: 'coming back from an archive class: repeat this later',
  missing: 'NOT in the vault',
};

interface LinkPage {
  readonly items: readonly Item[];
  /** That this page was asked for with. */
  readonly cursor: string | undefined;
}

async function* pagesOf(api: Api, backupId: string): AsyncGenerator<LinkPage> {
  let cursor: string | undefined;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const { items, nextCursor } = await linksOf(api, backupId, cursor);
    yield { items, cursor };
    if (nextCursor === undefined) return;
    cursor = nextCursor;
  }
}

async function linksOf(api: Api, backupId: string, cursor: string | undefined) {
  const body = { minutes: linkMinutes, limit: linksAtATime, ...(cursor !== undefined && { cursor }) };
  return answer(await api.POST('/v1/backups/{backupId}/download', { params: { path: { backupId } }, body }));
}

/** A link ends with its time, or with the session of who signed it. */
async function linkTo(
  api: Api,
  backupId: string,
  cursor: string | undefined,
  key: string,
): Promise<string | undefined> {
  const { items } = await linksOf(api, backupId, cursor);
  return items.find((item) => item.key === key)?.url;
}
