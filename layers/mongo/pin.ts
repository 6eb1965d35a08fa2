/**
 * Writes what MongoDB's release feed says into pins.json: a hash that is missing, or all of another release. A pin that
 * the feed contradicts is not overwritten: that is a case for a person.
 *
 *     node layers/mongo/pin.ts [--version 100.19.1]
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { sha256FromFeed } from './feed.ts';
import { type Arch, architectures, type Pins, pinsPath, pinsSchema, readPins } from './pins.ts';

/** @returns the pins as they should be; @throws Error when one of the same release is another than the feed's */
export async function pinned(pins: Pins, version: string, feedUrl?: string): Promise<Pins> {
  const sha256: Partial<Record<Arch, string>> = {};
  for (const arch of architectures) {
    const said = await sha256FromFeed(version, arch, feedUrl);
    const before = version === pins.version ? pins.sha256[arch] : undefined;
    if (before !== undefined && before !== said)
      throw new Error(
        `${arch}: pins.json has ${before}, MongoDB's feed says ${said}; find out why before anything is built`,
      );
    sha256[arch] = said;
  }
  return pinsSchema.parse({ version, sha256 });
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { version: { type: 'string' } } });
  try {
    const pins = await readPins();
    const next = await pinned(pins, values.version ?? pins.version);
    await writeFile(pinsPath, `${JSON.stringify(next, null, 2)}\n`);
    console.log(JSON.stringify(next));
  } catch (error) {
    for (let e: unknown = error; e instanceof Error; e = e.cause) console.error(e.message);
    process.exit(1);
  }
}
