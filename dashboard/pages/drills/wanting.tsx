/** On top: what has never been proven by a restore, and what to do about each. */
import { useApi } from '../../api/use-api.ts';
import { Badge } from '../../kit/badge.tsx';
import { Button } from '../../kit/button.tsx';
import { Card } from '../../kit/card.tsx';
import { Link } from '../../kit/link.tsx';
import { Note } from '../../kit/note.tsx';
import { Loaded } from '../../kit/states.tsx';
import { Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { type Wanting as WantingPlan, wantingOf } from './wanting.ts';

/** Proofs come by the hour. */
const restMs = 120_000;
const aPage = 200;

export function Wanting({ onDrill }: { readonly onDrill: (planId: string) => void }) {
  const text = useText('drills').wanting;
  const overview = useApi('/v1/overview', { params: { query: { limit: aPage } } }, { every: restMs });
  return (
    <Loaded of={overview} lines={1}>
      {({ plans, nextCursor, counts }) => {
        const wanting = wantingOf(plans);
        if (counts.plans === 0) return null;
        if (wanting.length === 0) return <Note state="well">{text.none}</Note>;
        return (
          <Card title={text.title} lead={text.lead}>
            <Table
              label={text.title}
              rows={wanting}
              keyOf={({ planId }) => planId}
              columns={[
                {
                  id: 'plan',
                  header: text.plan,
                  heads: true,
                  cell: ({ planId, name }) => (
                    <Link to="/plans/$planId" params={{ planId }}>
                      {name}
                    </Link>
                  ),
                },
                { id: 'why', header: text.why, cell: (row) => <Why row={row} /> },
                {
                  id: 'newest',
                  header: text.newest,
                  cell: ({ newestSlot }) =>
                    newestSlot === undefined ? text.noPoint : <When at={newestSlot} />,
                },
                {
                  id: 'do',
                  header: text.next,
                  cell: ({ planId, name, what }) =>
                    what === 'drill' ? (
                      <Button
                        small
                        icon="proof"
                        needs="operator"
                        label={text.drillOf(name)}
                        onPress={() => onDrill(planId)}
                      >
                        {text.drill}
                      </Button>
                    ) : (
                      <Link to="/plans/$planId" params={{ planId }} className="button button-small">
                        {text.backUp}
                      </Link>
                    ),
                },
              ]}
            />
            <p className="small">
              {text.byItself} {nextCursor !== undefined && text.firstPlans(aPage)}
            </p>
          </Card>
        );
      }}
    </Loaded>
  );
}

function Why({ row: { why, isOff, provenAt } }: { readonly row: WantingPlan }) {
  const text = useText('drills').wanting;
  return (
    <span>
      <Badge tone="warning" icon="unknown">
        {text.whys[why]}
      </Badge>{' '}
      {provenAt !== undefined && <When at={provenAt} />} {isOff && <span className="small">{text.off}</span>}
    </span>
  );
}
