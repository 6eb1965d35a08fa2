/** The sign-in has ended while the page was open. What was typed stays: signing in again happens in a window of its own. */
import { useState } from 'react';
import { useForget } from '../api/use-api.ts';
import { Button } from '../kit/button.tsx';
import { Dialog } from '../kit/dialog.tsx';
import { useText } from '../text/text.ts';
import { useSignedIn } from './session-context.ts';

export function SessionEnded() {
  const text = useText('shell');
  const { session } = useSignedIn();
  const forget = useForget();
  const [problem, setProblem] = useState<string>();
  const again = async () => {
    setProblem(undefined);
    try {
      await session.signInAgain();
      await forget('/v1/');
    } catch (thrown) {
      setProblem(thrown instanceof Error ? thrown.message : String(thrown));
    }
  };
  return (
    <Dialog
      title={text.ended.title}
      actions={
        <>
          <Button onPress={() => window.location.reload()}>{text.ended.reload}</Button>
          <Button kind="primary" onPress={() => void again()}>
            {text.ended.again}
          </Button>
        </>
      }
    >
      <p>{text.ended.text}</p>
      {problem !== undefined && <p role="alert">{text.ended.failed(problem)}</p>}
    </Dialog>
  );
}
