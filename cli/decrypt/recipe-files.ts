/**
 * How to bring files back. The packs are tar files, but tar alone would bring what has changed or gone since: which
 * bytes are a file is in the index, and a short program beside the files reads it.
 */
import type { Recipe, RecipeInput } from './recipe-parts.ts';

const programName = 'restore-files.py';

const programs: Readonly<Record<string, string>> = { zst: 'zstd', gz: 'gzip', bz2: 'bzip2' };

export function filesRecipe({ component, files }: RecipeInput): Recipe {
  const packed = new Set(files.map(({ fileName }) => fileName.split('.').at(-1) ?? ''));
  const unpacks = Object.entries(programs).filter(([ending]) => packed.has(ending));
  return {
    what: `Files of ${component.title}`,
    steps: [
      [
        `Programs: Python 3${unpacks.map(([, program]) => `, ${program}`).join('')}. Unpack what is packed:`,
        ...unpacks.map(([ending, program]) =>
          program === 'zstd' ? `  zstd -d --rm *.${ending}` : `  ${program} -d *.${ending}`,
        ),
      ],
      [
        'Write the files into a new folder; each is compared with its SHA-256:',
        `  python3 ${programName} restored`,
        'Only some of them: name them, or what their paths begin with.',
        `  python3 ${programName} restored photos/2026/`,
      ],
    ],
    afterwards: [
      'What could not be backed up, and why, is told by the program and stands in manifest.json.',
      'What S3 said besides the content (types, metadata) is in index.jsonl, a line for each object.',
    ],
    program: { fileName: programName, text: filesProgram },
  };
}

/** Format of the index: docs/format.md. A tar's offsets count from the beginning of the unpacked file. */
export const filesProgram = `#!/usr/bin/env python3
"""Writes the files that index.jsonl names out of the unpacked packs beside it. Usage: restore-files.py FOLDER [PATH ...]"""
import hashlib, json, os, sys

target, wanted = sys.argv[1], tuple(sys.argv[2:])
os.makedirs(target)
packs, folders, links, done, bad = {}, [], [], 0, 0


def tell(path, why):
    global bad
    bad += 1
    print(f"{path}: {why}", file=sys.stderr)


def pack_name(segment):
    _, _, backup, _, _, last = segment["parts"][0]["key"].split("/")
    return f"{backup}-{last.rsplit('.', 1)[0]}.tar"


def place(path):
    names = path.rstrip("/").split("/")
    if any(name in ("", ".", "..") or "\\0" in name for name in names):
        return None
    where = target
    for name in names[:-1]:
        where = os.path.join(where, name)
        # A link could lead out of the folder, whoever made it.
        if os.path.islink(where):
            return None
        os.makedirs(where, exist_ok=True)
    return os.path.join(where, names[-1])


def content(entry, out):
    if "at" not in entry:
        return hashlib.sha256()
    digest, left = hashlib.sha256(), entry["size"]
    pack, offset = entry["at"]
    with open(packs[pack], "rb") as tar:
        tar.seek(offset)
        while left > 0:
            block = tar.read(min(left, 1 << 20))
            if not block:
                break
            out.write(block)
            digest.update(block)
            left -= len(block)
    return digest


def write(entry):
    path, kind = entry["path"], entry["type"]
    where = place(path)
    if where is None:
        return tell(path, "is no path of a file here: see its line in index.jsonl")
    if os.path.lexists(where) and not (kind == "dir" and os.path.isdir(where) and not os.path.islink(where)):
        return tell(path, "is there already: nothing was written")
    if kind == "dir":
        os.makedirs(where, exist_ok=True)
        return folders.append((where, entry))
    if kind == "symlink":
        return os.symlink(entry["target"], where)
    # Under its own name only when every byte of it is proven.
    partial = where + ".partial"
    try:
        with open(partial, "xb") as out:
            digest = content(entry, out)
        if digest.hexdigest() != entry["sha256"]:
            return tell(path, "SHA-256 differs")
        attributes(partial, entry)
        os.rename(partial, where)
    finally:
        if os.path.lexists(partial):
            os.remove(partial)


def attributes(where, entry):
    if "mode" in entry:
        os.chmod(where, entry["mode"] & 0o777)
    os.utime(where, (float(entry["mtime"]), float(entry["mtime"])))


def attempt(entry):
    global done
    try:
        before = bad
        write(entry)
        done += bad == before
    except (OSError, KeyError) as error:
        tell(entry["path"], error)


ended = False
with open("index.jsonl", encoding="utf-8") as lines:
    for line in lines:
        entry = json.loads(line)
        ended = ended or entry.get("end") is True
        if "pack" in entry:
            packs[entry["pack"]] = pack_name(entry["segment"])
        if "path" not in entry or (wanted and not entry["path"].startswith(wanted)):
            continue
        if entry["type"] == "skipped":
            tell(entry["path"], "not in the backup: " + entry["why"])
            continue
        if entry["type"] == "symlink":
            links.append(entry)
        else:
            attempt(entry)
# Last, so that nothing is written through one.
for entry in links:
    attempt(entry)
for where, entry in reversed(folders):
    attributes(where, entry)
if not ended:
    tell("index.jsonl", "has no end: files are missing")
print(f"{done} restored into {target}, {bad} told of above")
sys.exit(1 if bad else 0)
`;
