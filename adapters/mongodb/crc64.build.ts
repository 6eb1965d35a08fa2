/**
 * Compiles crc64.wat into crc64-wasm.ts: `node adapters/mongodb/crc64.build.ts`.
 * A unit test compiles again and compares, so that the two cannot drift apart.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileWat } from '../wat.build.ts';

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The text of crc64-wasm.ts for what crc64.wat says now. */
export function compileCrc64(): Promise<string> {
  return compileWat({
    wat: here('crc64.wat'),
    builder: import.meta.filename,
    constant: 'crc64Wasm',
  });
}

if (process.argv[1] === import.meta.filename) await writeFile(here('crc64-wasm.ts'), await compileCrc64());
