/** Drills as rows: what was drilled, how it came out, and how long it took. */
import { useFormat } from '../../format.ts';
import { Link } from '../../kit/link.tsx';
import { type Column, Table } from '../../kit/table.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { Outcome, Took, useCounted } from './outcome.tsx';
import { drillText } from './place.ts';
import { type Drill, isLong } from './trends.ts';

export function List({ drills, busy }: { readonly drills: readonly Drill[]; readonly busy: boolean }) {
  const text = useText('drills');
  const format = useFormat();
  const counted = useCounted();
  const columns: readonly Column<Drill>[] = [
    {
      id: 'drill',
      header: text.columns.drill,
      heads: true,
      cell: (drill) => (
        <span>
          <Link to="/drills" search={((before: object) => ({ ...before, drill: drillText(drill) })) as never}>
            {drill.planId}
            <span className="visually-hidden">, {format.dateTime(drill.at)}</span>
          </Link>
          <br />
          <span className="small">{format.dateTime(drill.slot)}</span>
        </span>
      ),
    },
    { id: 'at', header: text.columns.at, cell: ({ at }) => <When at={at} /> },
    { id: 'outcome', header: text.columns.outcome, cell: (drill) => <Outcome drill={drill} /> },
    { id: 'level', header: text.columns.level, detail: true, cell: ({ level }) => text.levels[level] },
    { id: 'took', header: text.columns.took, align: 'end', cell: (drill) => <Took drill={drill} /> },
    {
      id: 'compared',
      header: text.columns.compared,
      detail: true,
      cell: (drill) => counted(drill.counted) ?? '–',
    },
    {
      id: 'differences',
      header: text.columns.differences,
      align: 'end',
      cell: ({ differences }) => (differences === undefined ? '–' : format.number(differences)),
    },
  ];
  return (
    <Table
      label={text.title}
      columns={columns}
      rows={drills}
      keyOf={drillText}
      busy={busy}
      toneOf={(drill) =>
        drill.status === 'failed'
          ? 'critical'
          : drill.status === 'error' || isLong(drill)
            ? 'warning'
            : undefined
      }
    />
  );
}
