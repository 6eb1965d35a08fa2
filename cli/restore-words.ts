/** What the API says of a restore names the fields of its body; people here type flags. Pure. */
import { flagOf } from './restore-flags.ts';

/** Sentences with these in them are the API's own (api/called.ts, and the kinds' lists of options). */
export function inFlagWords(text: string): string {
  return text
    .replaceAll(/\boptions\.(\w+)/g, (field) => flagOf(field))
    .replaceAll(/\bwithoutRestorePoint: true\b/g, flagOf('withoutRestorePoint'))
    .replaceAll(/\bwithoutRestorePoint\b/g, flagOf('withoutRestorePoint'))
    .replaceAll(/\bPOST \/v1\/restore-points\b/g, flagOf('makeRestorePoint'))
    .replaceAll(/\bcompare: false\b/g, flagOf('compare'))
    .replaceAll(/\breturnSpeed\b/g, flagOf('returnSpeed'));
}
