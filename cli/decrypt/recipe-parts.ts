/** What the recipes of all kinds are made of. */
import type { Component, Manifest } from '../../core/manifest.ts';
import type { NamedSegment } from './write-files.ts';

export interface RecipeInput {
  readonly manifest: Manifest;
  readonly component: Component;
  readonly files: readonly NamedSegment[];
  /** What is known about who wrote the manifest, one line. */
  readonly origin: string;
}

export interface Recipe {
  /** What is restored, for people: `Database shop`. */
  readonly what: string;
  /** How large it was where it came from. */
  readonly size?: string;
  /** Of each step the first line says what it is for; the others are commands, or go on. */
  readonly steps: readonly (readonly string[])[];
  readonly afterwards: readonly string[];
  /** Written beside, when the steps run it. */
  readonly program?: { readonly fileName: string; readonly text: string };
}

/** For a POSIX shell: plain words as they are, everything else in single quotes. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) && !word.startsWith('-') ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command that unpacks such a file to standard output; undefined where it is not packed. */
export function unpackCommand(fileName: string): string | undefined {
  if (fileName.endsWith('.zst')) return `zstd -dc ${fileName}`;
  if (fileName.endsWith('.gz')) return `gzip -dc ${fileName}`;
  return fileName.endsWith('.bz2') ? `bzip2 -dc ${fileName}` : undefined;
}
