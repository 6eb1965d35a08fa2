/** What can be done to all of it. */
import { CleanUp } from './clean-up.tsx';
import { PauseAll } from './pause-all.tsx';

export function Care() {
  return (
    <>
      <PauseAll />
      <CleanUp />
    </>
  );
}
