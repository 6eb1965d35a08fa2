/** Reads a `globals` segment: SQL text of pg_dumpall, whole when it ends with the line that pg_dumpall ends with. */
import { damaged } from './restore-toc.ts';

const lastLine = '-- PostgreSQL database cluster dump complete';
/** The last line, a blank one and what `\\unrestrict` adds are far shorter. */
const keptBytes = 4096;

export interface GlobalsReading {
  readonly plainBytes: number;
  readonly globals: true;
}

/** @throws HoldfastError INTEGRITY_ARCHIVE when the text is cut short */
export async function readGlobals(plain: AsyncIterable<Uint8Array>): Promise<GlobalsReading> {
  let plainBytes = 0;
  let tail: Buffer = Buffer.alloc(0);
  for await (const chunk of plain) {
    plainBytes += chunk.length;
    tail = Buffer.concat([tail, chunk.subarray(-keptBytes)]).subarray(-keptBytes);
  }
  if (!tail.toString('utf8').includes(lastLine))
    throw damaged('the globals do not end as pg_dumpall ends them');
  return { plainBytes, globals: true };
}
