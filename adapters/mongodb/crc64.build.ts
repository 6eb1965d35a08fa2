/**
 * Compiles crc64.wat into crc64-wasm.ts: `node adapters/mongodb/crc64.build.ts`.
 * A unit test compiles again and compares, so that the two cannot drift apart.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The text of crc64-wasm.ts for what crc64.wat says now. */
export async function compileCrc64(): Promise<string> {
  const tools = await wabt();
  const source = await readFile(here('crc64.wat'), 'utf8');
  const module = tools.parseWat('crc64.wat', source);
  const { buffer } = module.toBinary({});
  module.destroy();
  const lines =
    Buffer.from(buffer)
      .toString('base64')
      .match(/.{1,96}/g) ?? [];
  return [
    '/** crc64.wat, compiled by crc64.build.ts. Do not edit. */',
    'export const crc64Wasm = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(here('crc64-wasm.ts'), await compileCrc64());
}
