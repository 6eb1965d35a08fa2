/** Verifying and restoring files: the RecoveryDriver, put together from the parts beside it. */
import type { KindOptions } from '../../core/ports/kind.ts';
import type { RecoveryDriver } from '../../core/ports/recovery.ts';
import { drill, drillBytes } from './drill.ts';
import { listHeld, measure } from './held.ts';
import { asOfToday, filesFacts } from './kind-facts.ts';
import { preflight } from './preflight.ts';
import { compareReading } from './read-compare.ts';
import { readSegment } from './read-segment.ts';
import { restore } from './restore.ts';
import { neededSegments } from './restore-index.ts';
import type { FilesRestoreOptions } from './restore-options.ts';
import type { FilesSource } from './source.ts';

export function filesRecovery({
  allowLoopback,
}: KindOptions): RecoveryDriver<FilesSource, FilesRestoreOptions> {
  return {
    ...filesFacts.restore,
    read: async (segment, plain, signal) => ({ ...(await readSegment(segment, plain, signal)) }),
    compareReading,
    measure,
    listHeld,
    drillBytes,
    drill,
    needed: (component, open, { options }, signal) => neededSegments(component, open, options.paths, signal),
    preflight: (component, source, open, request, secrets, context) =>
      preflight({
        ...{ component, open, request, secrets, context, allowLoopback },
        source: asOfToday(source),
      }),
    restore: (component, source, open, request, secrets, context) =>
      restore({
        ...{ component, open, request, secrets, context, allowLoopback },
        source: asOfToday(source),
      }),
  };
}
