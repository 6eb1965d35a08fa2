/** The steps of runs and restores in a person's words, by their names (core/steps.ts). */
import type { StepNote } from './ports/catalog.ts';

/** Names with a component behind them, `dump main`: what the database is really called comes with the note. */
const words: Readonly<Record<string, string>> = {
  claim: 'Claims the run',
  adopt: 'Looks for a manifest of an earlier attempt',
  'hold-source': 'Waits until no other run reads the source',
  open: 'Opens',
  'hold-bases': 'Holds the backups that it builds upon',
  dump: 'Reads and seals',
  confirm: 'Compares what was read with the source',
  references: 'Keeps what it refers to from expiring',
  prepare: 'Notes what the manifest will say',
  'write-manifest': 'Writes the manifest',
  complete: 'Completes',
  others: 'Other sources',
  archive: 'Waited for archived objects',
  manifest: 'Reads the manifest and its signature',
  check: 'Checks the backup’s objects',
  restore: 'Restores',
  create: 'Makes the target',
  load: 'Loads the data',
  analyse: 'Counts for the planner',
  compare: 'Compares with the evidence',
  replace: 'Takes the place of the old one',
};

/** With a title for each step that has words. */
export function withWords<S extends Pick<StepNote, 'name' | 'title'>>(
  steps: readonly S[] | undefined,
): readonly S[] | undefined {
  return steps?.map((step) => {
    const [verb = ''] = step.name.split(' ');
    const its = words[verb];
    if (its === undefined) return step;
    return { ...step, title: step.title === undefined ? its : `${its}: ${step.title}` };
  });
}
