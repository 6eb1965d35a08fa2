/** Where the running local AWS of this checkout keeps its state; `holdfast --local` reads the state file. */
import { join } from 'node:path';
import { LOCAL_DIR } from '../layers/tools-dir.ts';

export const runDir = join(LOCAL_DIR, 'run');

/** As cli/local-state.ts reads it. */
export const stateFile = join(runDir, 'state.json');

/** There once the whole of it was shown: the next start does not wait for the schedule again. */
export const shownFile = join(runDir, 'shown');
