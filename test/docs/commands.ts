/** The commands of a document, as they stand there: fenced blocks whose info string has a marker. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Block {
  /** `sh`, `python` … */
  readonly language: string;
  /** What follows the marker: the name of a file, or nothing. */
  readonly name: string;
  readonly text: string;
}

/** Blocks that begin with "```<language> <marker>[ name]", in order; also those that stand in a list. */
export function blocksOf(document: string, marker: string): readonly Block[] {
  const text = readFileSync(join(import.meta.dirname, '../../docs', document), 'utf8');
  const fence = /^( *)```(\w+) (\S+)(?: (\S+))?\n([\s\S]*?)^\1```$/gm;
  return [...text.matchAll(fence)].flatMap(([, indent = '', language = '', found, name = '', body = '']) =>
    found === marker ? [{ language, name, text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), '') }] : [],
  );
}
