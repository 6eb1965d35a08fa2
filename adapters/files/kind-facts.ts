/** What files are as a kind of source, without what it does: for adapters/kinds.ts. */
import { parse } from '../../core/parse.ts';
import type { KindFacts } from '../../core/ports/kind.ts';
import { destroys, protects } from './restore-destroys.ts';
import {
  type FilesRestoreOptions,
  filesRestoreOptions,
  restorePlace,
  shownPlace,
} from './restore-options.ts';
import { type FilesSource, filesSourceSchema } from './source.ts';

export const filesFacts: KindFacts<FilesSource, FilesRestoreOptions> = {
  kind: 'files',
  category: 'files',
  schema: filesSourceSchema,
  restore: {
    restoreOptions: filesRestoreOptions,
    describeTarget(component, source, request) {
      const place = restorePlace(component, asOfToday(source), request);
      const over = request.replace || request.options.overwrite ? ', over what lies there and differs' : '';
      return `${place.kind === 'folder' ? 'folder ' : ''}${shownPlace(place)}${over}`;
    },
    destroys: (source, request) => destroys(asOfToday(source), request),
    protects: (source, request) => protects(asOfToday(source), request),
  },
};

/** As an older release may have stored it: with the defaults of today. */
export function asOfToday(source: FilesSource): FilesSource {
  return parse(filesSourceSchema, source, `source ${source.name}`);
}
