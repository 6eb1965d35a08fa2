/** What the tests of restoring files have in common: the driver, a request, a context. */

import { systemClock } from '../../adapters/clock.ts';
import { filesRecovery } from '../../adapters/files/recovery.ts';
import type { FilesRestoreOptions } from '../../adapters/files/restore-options.ts';
import { type FilesSource, filesSourceSchema } from '../../adapters/files/source.ts';
import { silentLog } from '../../adapters/log/quiet.ts';
import { memorySecrets } from '../../adapters/memory/secrets.ts';
import type { RecoveryContext } from '../../core/ports/recovery.ts';
import type { FilesBackup } from '../support/files-backup.ts';

export const recovery = filesRecovery({ allowLoopback: true });

export interface Asked extends Partial<FilesRestoreOptions> {
  readonly source: Omit<FilesSource, 'kind' | 'name'> | Record<string, unknown>;
  readonly replace?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: RecoveryContext['onProgress'];
  /** Of an S3 on this machine; the source then has a secret. */
  readonly endpoint?: string;
}

export function contextOf({
  signal,
  onProgress,
}: Pick<Asked, 'signal' | 'onProgress'> = {}): RecoveryContext {
  return {
    ...{ clock: systemClock, log: silentLog, parallelism: 2 },
    signal: signal ?? new AbortController().signal,
    onProgress: onProgress ?? (() => {}),
  };
}

export function restore({ component, open }: FilesBackup, asked: Asked) {
  const { source, request, secrets, context } = given(asked);
  return recovery.restore(component, source, open, request, secrets, context);
}

/** The look before the same restore. */
export function preflight(
  { component, open }: Pick<FilesBackup, 'component'> & Partial<FilesBackup>,
  asked: Asked,
) {
  const { source, request, secrets, context } = given(asked);
  return recovery.preflight(component, source, open, request, secrets, context);
}

function given(asked: Asked) {
  const { source: fields, replace = false, signal, onProgress, endpoint, ...options } = asked;
  const secret = { endpoint, accessKeyId: 'test', secretAccessKey: 'test' };
  const source = filesSourceSchema.parse({
    ...{ kind: 'files', name: 'files' },
    ...fields,
    ...(endpoint === undefined ? {} : { secret: 'store' }),
  });
  return {
    source,
    request: {
      options: recovery.restoreOptions.parse(options),
      ...{ replace, compare: true, requestedAt: '2026-11-21T15:00:00.000Z' },
    },
    secrets: memorySecrets({ store: JSON.stringify(secret) }),
    context: contextOf({ ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) }),
  };
}
