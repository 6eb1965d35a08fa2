/** What a row keeps of a backup, so that it stays small. */
import { describe, expect, it } from 'vitest';
import { rowNotes } from '../../../core/backup/row-notes.ts';
import type { IndexNote } from '../../../core/ports/catalog.ts';

const key = (part: number) => `plans/site/20261101T020000Z-01234567/a01/uploads/0000-index.${part}`;
const index = (parts: number): IndexNote => ({
  attempt: 1,
  segment: { index: 0, name: 'index' },
  plainBytes: 1,
  parts: Array.from({ length: parts }, (_, part) => ({
    key: key(part),
    lengthBytes: 1,
    sha256: 'a'.repeat(64),
  })),
  fullBackupId: '20261101T020000Z-01234567',
});
const versions = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [key(at), `v${'x'.repeat(30)}${at}`]));

describe('the notes of a row', () => {
  it('keep everything of an ordinary backup', () => {
    const indexes = new Map([['uploads', index(1)]]);
    expect(rowNotes([], indexes, versions(100))).toEqual({
      needs: undefined,
      indexes: { uploads: index(1) },
      versions: versions(100),
    });
  });

  it('leave an index of more than 200 parts out: then nothing builds upon it', () => {
    expect(rowNotes([], new Map([['uploads', index(201)]]), {}).indexes).toBeUndefined();
    expect(rowNotes([], new Map([['uploads', index(200)]]), {}).indexes).toBeDefined();
  });

  it('count the parts of all indexes together', () => {
    const indexes = new Map([
      ['a', index(150)],
      ['b', index(51)],
      ['c', index(50)],
    ]);
    expect(Object.keys(rowNotes([], indexes, {}).indexes ?? {})).toEqual(['a', 'c']);
  });

  it('give the version ids up when there are more than 500, or no room is left for them', () => {
    expect(rowNotes([], new Map(), versions(500)).versions).toBeDefined();
    expect(rowNotes([], new Map(), versions(501)).versions).toBeUndefined();
    const filled = rowNotes([], new Map([['a', index(200)]]), versions(500));
    expect(filled.versions).toBeDefined();
    expect(Buffer.byteLength(JSON.stringify(filled))).toBeLessThan(121_000);
  });
});
