/** The restore point that is made before a restore takes away what is there, by this command, which waits for it. */
import { HoldfastError, InvalidInput } from '../core/errors.ts';
import type { Api } from './api/client.ts';
import type { Backup, RestorePreview } from './api/rows.ts';
import { awaitBackup, startBackup } from './backup-run.ts';
import type { Cli } from './context.ts';
import { flagOf } from './restore-flags.ts';
import { inFlagWords } from './restore-words.ts';

export interface Point {
  readonly plan: string;
  readonly only: string[];
  readonly label: string;
}

/** What is made before; or why nothing is, in words. */
export interface MadeBefore {
  readonly words: string;
  readonly point?: Point;
}

/** Undefined when the restore changes nothing that is there. INVALID_INPUT when a restore point cannot be made. */
export function madeBefore({ restorePoint }: Pick<RestorePreview, 'restorePoint'>): MadeBefore | undefined {
  if (!restorePoint) return undefined;
  const { needed, plan, only, label, doubt, why = '' } = restorePoint;
  if (!needed) return { words: inFlagWords(why) };
  if (plan === undefined || only === undefined || label === undefined) throw impossible(why);
  const added = doubt === undefined ? '' : ` ${inFlagWords(doubt)}`;
  return {
    words: `Before anything, a restore point of ${only.join(', ')} is made: "${label}". If that fails, nothing is restored.${added}`,
    point: { plan, only, label },
  };
}

/** `field: what is allowed`, as the API says it. */
function impossible(why: string): InvalidInput {
  const [, field = 'restorePoint', allowed = why] = /^(\w+): ([\s\S]*)$/.exec(why) ?? [];
  return new InvalidInput('command line', [{ field: flagOf(field), allowed: inFlagWords(allowed) }]);
}

/** Makes it, and waits for its end. Throws what kept it from being made: then nothing must be replaced. */
export async function makeRestorePoint(cli: Cli, api: Api, point: Point): Promise<Backup> {
  const { plan, only, label } = point;
  const started = await startBackup(api, plan, { trigger: 'restore-point', label, only });
  cli.out.note(`Restore point ${started.backupId} of plan ${plan}: nothing is replaced before it is whole.`);
  try {
    return await awaitBackup(cli, api, started);
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError)) throw thrown;
    throw new HoldfastError(
      thrown.code,
      `the restore was not started, since no restore point could be made: ${thrown.message}`,
      {
        cause: thrown,
        next: `${thrown.next} When what is there today is lost anyway: repeat with --without-restore-point.`,
        details: thrown.details,
      },
    );
  }
}
