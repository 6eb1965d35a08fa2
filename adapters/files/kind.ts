/** Files as a kind of source, for adapters/registry.ts. */
import type { SourceKind } from '../../core/ports/kind.ts';
import { filesDriver } from './driver.ts';
import { filesFacts } from './kind-facts.ts';
import { filesRecovery } from './recovery.ts';
import type { FilesRestoreOptions } from './restore-options.ts';
import type { FilesSource } from './source.ts';

export const filesKind: SourceKind<FilesSource, FilesRestoreOptions> = {
  ...filesFacts,
  driver: filesDriver,
  recovery: filesRecovery,
};
