/** What MongoDB's release feed says of an archive: the list of all releases of the Database Tools, over TLS. */
import { z } from 'zod';
import { download } from './download.ts';
import { type Arch, archiveName } from './pins.ts';

export const feedUrl = 'https://downloads.mongodb.org/tools/db/full.json';
const maxFeedBytes = 32 * 1024 * 1024;

const feedSchema = z.object({
  versions: z.array(
    z.object({
      version: z.string(),
      downloads: z.array(
        z.object({ archive: z.object({ url: z.string(), sha256: z.string().optional() }).optional() }),
      ),
    }),
  ),
});

/** @throws Error when the feed does not hold the archive with a SHA-256 */
export async function sha256FromFeed(version: string, arch: Arch, url = feedUrl): Promise<string> {
  const name = archiveName(version, arch);
  const parsed = feedSchema.safeParse(
    JSON.parse((await download(url, { maxBytes: maxFeedBytes })).toString()),
  );
  if (!parsed.success) throw new Error(`${url} is not the list of releases that is known`);
  const release = parsed.data.versions.find((one) => one.version === version);
  const archive = release?.downloads.find((one) => one.archive?.url.split('/').at(-1) === name)?.archive;
  if (archive?.sha256 === undefined || !/^[0-9a-f]{64}$/.test(archive.sha256))
    throw new Error(`${url} has no SHA-256 for ${name}`);
  return archive.sha256;
}
