import { describe, expect, it } from 'vitest';
import { foldedName, type Ground, linkRefusal, placeRefusal } from '../../../adapters/files/place.ts';

const everywhere: readonly Ground[] = ['bucket', 'posix', 'windows'];
const folders: readonly Ground[] = ['posix', 'windows'];

describe('a path that would leave the target', () => {
  const table: readonly (readonly [string, string, readonly Ground[], RegExp])[] = [
    ['climbs at its beginning', '../etc/passwd', everywhere, /\.\./],
    ['climbs in the middle', 'a/../../etc/passwd', everywhere, /\.\./],
    ['climbs at its end', 'a/..', everywhere, /\.\./],
    ['is .. itself', '..', everywhere, /\.\./],
    ['has a dot as a name', 'a/./b', everywhere, /\./],
    ['is absolute', '/etc/passwd', folders, /absolute/],
    ['is absolute twice', '//server/share', folders, /absolute/],
    ['has two slashes in a row', 'a//b', folders, /two slashes/],
    ['holds a NUL', 'a\0b', everywhere, /NUL/],
    ['is no Unicode', 'a\ud800', everywhere, /Unicode/],
    ['is empty', '', everywhere, /empty/],
    ['is a drive', 'C:/Windows/x', ['windows'], /does not allow/],
    ['is relative to a drive', 'C:x', ['windows'], /does not allow/],
    ['is another stream of a file', 'a.txt:hidden', ['windows'], /does not allow/],
    ['climbs with backslashes', '..\\..\\x', ['windows'], /backslash/],
    ['is a share', '\\\\server\\share\\x', ['windows'], /backslash/],
    ['is a device', 'CON', ['windows'], /device/],
    ['is a device with an ending', 'a/nul.txt', ['windows'], /device/],
    ['is a port', 'com1', ['windows'], /device/],
    ['is a port in superscript', 'LPT\u00b9.log', ['windows'], /device/],
    ['is a device followed by a space', 'aux .txt', ['windows'], /device/],
    ['ends with a dot', 'a./b', ['windows'], /dots and spaces/],
    ['ends with a space', 'a ', ['windows'], /dots and spaces/],
    ['has a control character', 'a\nb', ['windows'], /does not allow/],
    ['has a question mark', 'a?', ['windows'], /does not allow/],
    ['has a name of 256 bytes', 'ä'.repeat(128), folders, /255 bytes/],
    ['is longer than a path may be', `${'a'.repeat(200)}/`.repeat(20), folders, /3500|1024/],
    ['has a key of more than 1,024 bytes', 'a'.repeat(1025), ['bucket'], /1024/],
    ['looks like an unfinished file', '.holdfast-part-0011', folders, /unfinished/],
  ];
  for (const [what, path, grounds, why] of table) {
    it.each(grounds)(`${what}: refused on %s with the reason`, (ground) => {
      expect(placeRefusal(path, ground)).toMatch(why);
    });
  }
});

it('names that are only strange are restored where the target can hold them', () => {
  for (const path of [
    'C:\\x',
    'CON',
    'a b ',
    '..a/...',
    'a\nb',
    '-rf',
    '$(x)',
    'ä/ö',
    '.hidden',
    'a?*',
    'x/',
  ])
    expect(placeRefusal(path, 'posix'), path).toBeUndefined();
  for (const path of ['a//b', '/a', 'a b', 'CON', '\\x', 'a'.repeat(1024)])
    expect(placeRefusal(path, 'bucket'), path).toBeUndefined();
  for (const path of ['console.txt', 'a.b', 'com10', 'nulls'])
    expect(placeRefusal(path, 'windows'), path).toBeUndefined();
});

it("the prefix of the target counts towards a key's length", () => {
  expect(placeRefusal('a'.repeat(1020), 'bucket', 4)).toBeUndefined();
  expect(placeRefusal('a'.repeat(1020), 'bucket', 5)).toMatch(/1025 bytes/);
});

it('a link is restored when it cannot lead out of the folder, and only then', () => {
  const inside = [
    ['a', 'b'],
    ['a/b', '../c'],
    ['a/b/c', '../../x/y'],
    ['a', './b//c'],
    ['a/b', '..'],
    ['a', '.'],
  ];
  for (const [path = '', target = ''] of inside)
    expect(linkRefusal(path, target, 'posix'), `${path} → ${target}`).toBeUndefined();
  const outside = [
    ['a', '/etc/passwd'],
    ['a', '../x'],
    ['a/b', '../../x'],
    ['a', '..'],
    // Where `b` is a link to `a/b/c/d`, this climbs out although it does not look so.
    ['a', 'b/../../x'],
    ['a/b', 'c/..'],
    ['a', ''],
    ['a', 'x\0y'],
  ];
  for (const [path = '', target = ''] of outside)
    expect(linkRefusal(path, target, 'posix'), `${path} → ${target}`).toMatch(/link/);
  expect(linkRefusal('a', '..\\x', 'windows')).toMatch(/out of the folder/);
  expect(linkRefusal('a', 'C:x', 'windows')).toMatch(/out of the folder/);
});

it('names that a laptop takes for one fold to one', () => {
  expect(foldedName('Straße/É')).toBe(foldedName('STRASSE/e\u0301'.toUpperCase()));
  expect(foldedName('a')).not.toBe(foldedName('b'));
});
