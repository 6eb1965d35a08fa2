/** What it has gone through, with the time that each took. */
import type { Schemas } from '../../api/use-api.ts';
import { useFormat } from '../../format.ts';
import { Badge, type Tone } from '../../kit/badge.tsx';
import { Card } from '../../kit/card.tsx';
import { Table } from '../../kit/table.tsx';
import { useText } from '../../text/text.ts';

type Step = Schemas['Step'];

const tones = { done: 'well', running: 'running', failed: 'critical' } as const satisfies Record<
  Step['state'],
  Tone
>;

export function Steps({ steps }: { readonly steps: readonly Step[] }) {
  const text = useText('restoreLive').steps;
  const format = useFormat();
  return (
    <Card title={text.title}>
      <Table
        label={text.title}
        rows={steps}
        keyOf={({ name, startedAt }) => `${name} ${startedAt}`}
        toneOf={({ state }) => (state === 'failed' ? 'critical' : undefined)}
        columns={[
          { id: 'name', header: text.step, heads: true, cell: ({ title, name }) => title ?? name },
          {
            id: 'state',
            header: text.state,
            cell: ({ state }) => <Badge tone={tones[state]}>{text.states[state]}</Badge>,
          },
          { id: 'at', header: text.began, cell: ({ startedAt }) => format.time(startedAt) },
          {
            id: 'took',
            header: text.took,
            align: 'end',
            cell: ({ seconds }) => (seconds === undefined ? '–' : format.duration(seconds)),
          },
        ]}
      />
    </Card>
  );
}
