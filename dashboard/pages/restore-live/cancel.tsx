/** Stopping it: asked for once, and done by the restore itself within seconds. */
import { useState } from 'react';
import { useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Button } from '../../kit/button.tsx';
import { Confirm } from '../../kit/confirm.tsx';
import { useText } from '../../text/text.ts';
import type { Restore } from './restore.ts';

export function Cancel({ restore }: { readonly restore: Restore }) {
  const text = useText('restoreLive').cancel;
  const api = useClient();
  const act = useAct();
  const [isAsking, setAsking] = useState(false);
  const { restoreId, cancelRequested } = restore;
  const cancel = async () => {
    const done = await act.run(
      () => api.POST('/v1/restores/{restoreId}/cancel', { params: { path: { restoreId } } }),
      { forget: ['/v1/restores'], say: text.asked },
    );
    if (done) setAsking(false);
  };
  return (
    <>
      <Button
        needs="operator"
        whyNot={cancelRequested ? text.asked : undefined}
        onPress={() => setAsking(true)}
      >
        {text.action}
      </Button>
      {isAsking && (
        <Confirm
          title={text.title}
          confirmLabel={text.action}
          danger
          act={act}
          onConfirm={() => void cancel()}
          onClose={() => setAsking(false)}
        >
          <p>{text.text}</p>
        </Confirm>
      )}
    </>
  );
}
