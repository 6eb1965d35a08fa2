/** Compiles WebAssembly's text into a module of TypeScript that carries the binary, for the builders beside each text. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import wabt from 'wabt';

export interface WatBuild {
  /** Path of the `.wat`. */
  readonly wat: string;
  /** The file that asks, named in what is made. */
  readonly builder: string;
  /** The constant that holds the binary, in Base64. */
  readonly constant: string;
  readonly features?: { readonly simd?: boolean };
}

/** The text of the module for what the `.wat` says now. */
export async function compileWat({ wat, builder, constant, features = {} }: WatBuild): Promise<string> {
  const tools = await wabt();
  const name = basename(wat);
  const module = tools.parseWat(name, await readFile(wat, 'utf8'), features);
  const { buffer } = module.toBinary({});
  module.destroy();
  const lines =
    Buffer.from(buffer)
      .toString('base64')
      .match(/.{1,96}/g) ?? [];
  return [
    `/** ${name}, compiled by ${basename(builder)}. Do not edit. */`,
    `export const ${constant} = [`,
    ...lines.map((line) => `  '${line}',`),
    "].join('');",
    '',
  ].join('\n');
}
