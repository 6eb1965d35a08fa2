/** Writes archives in the custom format of pg_dump, as small or as odd as a test wants them. */

export interface MadeEntry {
  readonly desc: string;
  readonly namespace?: string;
  readonly tag: string;
  /** Pieces of its data block; absent has none. */
  readonly data?: readonly Uint8Array[];
  /** For BLOBS: pieces by OID. */
  readonly largeObjects?: ReadonlyMap<number, readonly Uint8Array[]>;
  readonly definition?: string;
}

/** An archive of format 1.`minor`; dump ids count from 1. */
export function makeArchive(entries: readonly MadeEntry[], minor = 16): Buffer {
  const parts: Buffer[] = [header(minor), int(entries.length)];
  entries.forEach((entry, index) => {
    parts.push(tocEntry(entry, index + 1, minor));
  });
  entries.forEach((entry, index) => {
    if (entry.data) parts.push(Buffer.from([1]), int(index + 1), pieces(entry.data));
    if (entry.largeObjects) {
      parts.push(Buffer.from([3]), int(index + 1));
      for (const [oid, data] of entry.largeObjects) parts.push(int(oid | 0), pieces(data));
      parts.push(int(0));
    }
  });
  return Buffer.concat(parts);
}

function header(minor: number): Buffer {
  const compression = minor >= 15 ? Buffer.from([3]) : int(-1);
  const times = Array.from({ length: 7 }, () => int(1));
  return Buffer.concat([
    Buffer.from('PGDMP'),
    Buffer.from([1, minor, 0, 4, 8, 1]),
    compression,
    ...times,
    text('db'),
    text('18.6'),
    text('18.6'),
  ]);
}

function tocEntry(entry: MadeEntry, dumpId: number, minor: number): Buffer {
  const hasData = entry.data !== undefined || entry.largeObjects !== undefined;
  return Buffer.concat([
    ...[int(dumpId), int(hasData ? 1 : 0), text('0'), text('0'), text(entry.tag), text(entry.desc), int(3)],
    ...[
      text(entry.definition ?? ''),
      text(undefined),
      text('COPY x FROM stdin;\n'),
      text(entry.namespace),
      text(undefined),
    ],
    ...(minor >= 14 ? [text(undefined)] : []),
    ...(minor >= 16 ? [int(114)] : []),
    ...[text('owner'), text('false'), text('7'), text(undefined)],
    Buffer.from([hasData ? 1 : 3, 0, 0, 0, 0, 0, 0, 0, 0]),
  ]);
}

function pieces(data: readonly Uint8Array[]): Buffer {
  return Buffer.concat([
    ...data.filter((piece) => piece.length > 0).flatMap((piece) => [int(piece.length), Buffer.from(piece)]),
    int(0),
  ]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(5);
  bytes[0] = value < 0 ? 1 : 0;
  bytes.writeUInt32LE(Math.abs(value), 1);
  return bytes;
}

function text(value: string | undefined): Buffer {
  if (value === undefined) return int(-1);
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([int(bytes.length), bytes]);
}
