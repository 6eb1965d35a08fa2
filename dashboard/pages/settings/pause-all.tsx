/** Everything paused, by whom and why; pausing and going on. */
import { useState } from 'react';
import { useApi, useClient } from '../../api/use-api.ts';
import { useAct } from '../../app/act.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Card, Facts } from '../../kit/card.tsx';
import { Confirm } from '../../kit/confirm.tsx';
import { TextField } from '../../kit/fields.tsx';
import { Note } from '../../kit/note.tsx';
import { ActProblem, Loaded } from '../../kit/states.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';

const forget = ['/v1/overview', '/v1/status', '/v1/alerts'];
/** What the API takes. */
const leastReason = 3;
const mostReason = 500;

export function PauseAll() {
  const text = useText('settings').pause;
  const api = useClient();
  const resume = useAct();
  const [asking, setAsking] = useState(false);
  const overview = useApi('/v1/overview', { params: { query: { limit: 1 } } });
  return (
    <Card title={text.title} lead={text.lead}>
      <Loaded of={overview} lines={2}>
        {({ pause }) =>
          pause ? (
            <>
              <Note state="warning" title={text.isPaused}>
                <Facts
                  facts={[
                    [text.since, <When key="since" at={pause.at} both />],
                    [text.by, pause.by],
                    [text.reason, pause.reason],
                  ]}
                />
              </Note>
              <div className="actions">
                <Button
                  kind="primary"
                  icon="run"
                  needs="admin"
                  running={resume.running}
                  onPress={() => void resume.run(() => api.POST('/v1/resume'), { forget, say: text.resumed })}
                >
                  {text.resume}
                </Button>
              </div>
              <ActProblem act={resume} />
            </>
          ) : (
            <>
              <p>
                <Badge tone="well">{text.goesOn}</Badge>
              </p>
              <div className="actions">
                <Button kind="danger" icon="paused" needs="admin" onPress={() => setAsking(true)}>
                  {text.pause}
                </Button>
              </div>
            </>
          )
        }
      </Loaded>
      {asking && <Ask onClose={() => setAsking(false)} />}
    </Card>
  );
}

function Ask({ onClose }: { readonly onClose: () => void }) {
  const text = useText('settings').pause;
  const api = useClient();
  const act = useAct();
  const [reason, setReason] = useState('');
  const { length } = reason.trim();
  const pause = async () => {
    const done = await act.run(() => api.POST('/v1/pause', { body: { reason: reason.trim() } }), {
      forget,
      say: text.paused,
    });
    if (done) onClose();
  };
  return (
    <Confirm
      title={text.askTitle}
      confirmLabel={text.pause}
      danger
      act={act}
      ready={length >= leastReason && length <= mostReason}
      onConfirm={() => void pause()}
      onClose={onClose}
    >
      <p>{text.askText}</p>
      <TextField
        label={text.reason}
        hint={text.reasonHint}
        value={reason}
        onChange={setReason}
        error={act.problem?.issues.find(({ field }) => field.endsWith('reason'))?.allowed}
        required
      />
    </Confirm>
  );
}
