/**
 * Compiles rows-newlines.wat into rows-newlines.ts: `node adapters/postgres/rows-newlines.build.ts`.
 * A unit test compiles again and compares, so that the two cannot drift apart.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileWat } from '../wat.build.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The text of rows-newlines.ts for what rows-newlines.wat says now. */
export function compileNewlines(): Promise<string> {
  return compileWat({
    wat: here('rows-newlines.wat'),
    builder: import.meta.filename,
    constant: 'newlinesWasm',
    features: { simd: true },
  });
}

if (process.argv[1] === import.meta.filename)
  await writeFile(here('rows-newlines.ts'), await compileNewlines());
