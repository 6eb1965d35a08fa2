/** Going elsewhere with what was typed and not saved asks once; closing the tab is asked by the browser. */
import { useBlocker } from '@tanstack/react-router';
import { Button } from '../../kit/button.tsx';
import { Dialog } from '../../kit/dialog.tsx';
import { useText } from '../../text/text.ts';

export function Leaving({
  isHeld,
  onLeave,
}: {
  readonly isHeld: () => boolean;
  readonly onLeave: () => void;
}) {
  const text = useText('planEdit').leaving;
  const blocker = useBlocker({
    // Another part of this page is no leaving.
    shouldBlockFn: ({ current, next }) => isHeld() && current.pathname !== next.pathname,
    enableBeforeUnload: isHeld,
    withResolver: true,
  });
  if (blocker.status !== 'blocked') return null;
  return (
    <Dialog
      title={text.title}
      onClose={blocker.reset}
      actions={
        <>
          <Button
            onPress={() => {
              onLeave();
              blocker.proceed();
            }}
          >
            {text.leave}
          </Button>
          <Button kind="primary" onPress={blocker.reset}>
            {text.stay}
          </Button>
        </>
      }
    >
      <p>{text.text}</p>
    </Dialog>
  );
}
