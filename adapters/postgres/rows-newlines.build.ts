/**
 * Compiles rows-newlines.wat into rows-newlines.ts: `node adapters/postgres/rows-newlines.build.ts`.
 * A unit test compiles again and compares, so that the two cannot drift apart.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import wabt from 'wabt';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The text of rows-newlines.ts for what rows-newlines.wat says now. */
export async function compileNewlines(): Promise<string> {
  const tools = await wabt();
  const source = await readFile(here('rows-newlines.wat'), 'utf8');
  const module = tools.parseWat('rows-newlines.wat', source, { simd: true });
  const { buffer } = module.toBinary({});
  module.destroy();
  const lines =
    Buffer.from(buffer)
      .toString('base64')
      .match(/.{1,96}/g) ?? [];
  return [
    '/** rows-newlines.wat, compiled by rows-newlines.build.ts. Do not edit. */',
    'export const newlinesWasm = [',
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await writeFile(here('rows-newlines.ts'), await compileNewlines());
}
