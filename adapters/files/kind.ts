/** Files as a kind of source, for adapters/registry.ts. */
import type { SourceKind } from '../../core/ports/kind.ts';
import { filesDriver } from './driver.ts';
import { filesRecovery } from './recovery.ts';
import type { FilesRestoreOptions } from './restore-options.ts';
import { type FilesSource, filesSourceSchema } from './source.ts';

export const filesKind: SourceKind<FilesSource, FilesRestoreOptions> = {
  kind: 'files',
  category: 'files',
  schema: filesSourceSchema,
  driver: filesDriver,
  recovery: filesRecovery,
};
