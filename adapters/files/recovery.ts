/** Verifying and restoring files: the RecoveryDriver, put together from the parts beside it. */

import { parse } from '../../core/parse.ts';
import type { KindOptions } from '../../core/ports/kind.ts';
import type { RecoveryDriver } from '../../core/ports/recovery.ts';
import { drill, drillBytes } from './drill.ts';
import { compareReading } from './read-compare.ts';
import { readSegment } from './read-segment.ts';
import { restore } from './restore.ts';
import { destroys, protects } from './restore-destroys.ts';
import { neededSegments } from './restore-index.ts';
import {
  type FilesRestoreOptions,
  filesRestoreOptions,
  restorePlace,
  shownPlace,
} from './restore-options.ts';
import { type FilesSource, filesSourceSchema } from './source.ts';

export function filesRecovery({
  allowLoopback,
}: KindOptions): RecoveryDriver<FilesSource, FilesRestoreOptions> {
  return {
    restoreOptions: filesRestoreOptions,
    describeTarget(component, source, request) {
      const place = restorePlace(component, own(source), request);
      const over = request.replace || request.options.overwrite ? ', over what lies there and differs' : '';
      return `${place.kind === 'folder' ? 'folder ' : ''}${shownPlace(place)}${over}`;
    },
    destroys: (source, request) => destroys(own(source), request),
    protects: (source, request) => protects(own(source), request),
    read: async (segment, plain, signal) => ({ ...(await readSegment(segment, plain, signal)) }),
    compareReading,
    drillBytes,
    drill,
    needed: (component, open, { options }, signal) => neededSegments(component, open, options.paths, signal),
    restore: (component, source, open, request, secrets, context) =>
      restore({
        ...{ component, open, request, secrets, context, allowLoopback },
        source: own(source),
      }),
  };
}

/** As an older release may have stored it: with the defaults of today. */
function own(source: FilesSource): FilesSource {
  return parse(filesSourceSchema, source, `source ${source.name}`);
}
