/** One plan: what it has, when that was proven, what was tried last (which is another thing), and what comes. */
import { memo } from 'react';
import { useNowAs } from '../../app/now.ts';
import { Strip } from '../../charts/strip.tsx';
import { useFormat } from '../../format.ts';
import { PlanBadge, RunBadge } from '../../kit/state-badge.tsx';
import { When } from '../../kit/when.tsx';
import { useText } from '../../text/text.ts';
import { type Line, recoveryOf, roughly } from './arrange.ts';
import style from './overview.module.css';
import { roles } from './roles.ts';

export interface PlanRowProps {
  readonly plan: Line;
  /** Why this person may not have it backed up. */
  readonly whyNot: string | undefined;
  readonly onBackUp: (plan: Line) => void;
  /** Said when it is pressed and cannot be done. */
  readonly say: (why: string) => void;
}

const href = (place: 'plans' | 'runs' | 'points', id: string) => `/${place}/${encodeURIComponent(id)}`;

/** Answers keep what did not change as the same object: then the row is not looked at again. */
export const PlanRow = memo(function PlanRow({ plan, whyNot, onBackUp, say }: PlanRowProps) {
  const text = useText('overview').plans;
  const { kinds } = useText('common');
  const { planId, name = planId, severity } = plan;
  const { columns } = text;
  const why = whyNot ?? (plan.running ? text.runsNow : undefined);
  return (
    <tr {...roles.row} className={style.row} data-tone={severity === 'none' ? undefined : severity}>
      <th {...roles.rowheader} scope="row">
        <a href={href('plans', planId)}>{name}</a>
        <span className="small">{plan.kinds.map((kind) => kinds[kind]).join(', ')}</span>
      </th>
      <td {...roles.cell} data-label={columns.state}>
        <PlanBadge state={plan.state} />
        {plan.running ? <Running running={plan.running} /> : <Why plan={plan} />}
      </td>
      <td {...roles.cell} data-label={columns.age}>
        <Age plan={plan} />
      </td>
      <td {...roles.cell} data-label={columns.proven}>
        <Proven plan={plan} />
      </td>
      <td {...roles.cell} data-label={columns.latest}>
        {plan.latest ? (
          <>
            <a href={href('runs', plan.latest.backupId)} className={style.badgeLink}>
              <RunBadge status={plan.latest.status} />
            </a>
            <span className="small">
              <When at={plan.latest.at ?? plan.latest.slot} />
            </span>
          </>
        ) : (
          <span className="quiet">{text.neverRun}</span>
        )}
      </td>
      <td {...roles.cell} data-label={columns.next}>
        {plan.nextRunAt === undefined ? (
          <span className="quiet">{text.noRun}</span>
        ) : (
          <When at={plan.nextRunAt} />
        )}
      </td>
      <td {...roles.cell} data-label={columns.days}>
        <Strip days={plan.days} />
      </td>
      <td {...roles.cell} data-label={columns.actions} className={style.actions}>
        <button
          type="button"
          className="button button-small"
          aria-label={text.backUpNow(name)}
          // As in kit/button.tsx: it stays in the keyboard's way, and says why.
          aria-disabled={why === undefined ? undefined : true}
          aria-description={why}
          title={why}
          onClick={() => (why === undefined ? onBackUp(plan) : say(why))}
        >
          {text.backUp}
        </button>
        {plan.lastGood && (
          <a href={`/restore?plan=${encodeURIComponent(planId)}`} aria-label={text.restorePlan(name)}>
            {text.restore}
          </a>
        )}
      </td>
    </tr>
  );
});

/** The age of the newest good recovery point, growing, against what was promised. */
function Age({ plan }: { readonly plan: Line }) {
  const text = useText('overview').plans;
  const format = useFormat();
  const age = useNowAs((now) => {
    const { ageSeconds } = recoveryOf(plan, now.getTime());
    return ageSeconds === undefined ? '' : text.old(format.duration(roughly(ageSeconds)));
  });
  const isBeyond = useNowAs((now) => recoveryOf(plan, now.getTime()).isBeyond);
  const target = text.target(format.duration(plan.targetSeconds));
  if (!plan.lastGood) {
    return isBeyond ? (
      <strong className={style.beyond}>{text.none}</strong>
    ) : (
      <span className="quiet">{text.notYet}</span>
    );
  }
  const { backupId, slot } = plan.lastGood;
  return (
    <>
      <strong className={isBeyond ? style.beyond : undefined}>{age}</strong>
      <span className="small">
        {target}
        {isBeyond && <span className={style.beyond}>, {text.beyond}</span>}
      </span>
      <span className="small">
        <a href={href('points', backupId)}>
          <span className="visually-hidden">{text.lastGood} </span>
          {format.dateTime(slot)}
        </a>
      </span>
    </>
  );
}

/** When a restore last proved it, and what was found by looking since then. */
function Proven({ plan: { proven, verified } }: { readonly plan: Line }) {
  const text = useText('overview').plans;
  const isLater = verified && (!proven || verified.at > proven.at);
  return (
    <>
      {proven ? (
        <>
          <When at={proven.at} />
          <span className="small">
            {proven.backupId === undefined ? (
              text.byDrill
            ) : (
              <a href={href('points', proven.backupId)}>{text.byDrill}</a>
            )}
          </span>
        </>
      ) : (
        <span className={style.beyond}>{text.neverProven}</span>
      )}
      {isLater && (
        <span className="small">
          {text.checked[verified.status]}
          {verified.status === 'passed' && ` (${text.levels[verified.level]})`} <When at={verified.at} />
        </span>
      )}
    </>
  );
}

function Why({ plan: { why } }: { readonly plan: Line }) {
  return why === undefined ? null : (
    <span className={style.why} title={why}>
      {why}
    </span>
  );
}

function Running({ running }: { readonly running: NonNullable<Line['running']> }) {
  const text = useText('overview').plans;
  const format = useFormat();
  const { plainBytes, estimatedBytes, step, backupId } = running;
  const isKnown = plainBytes !== undefined && estimatedBytes !== undefined && estimatedBytes > 0;
  return (
    <a href={href('runs', backupId)} className="small">
      {isKnown ? text.soFar(format.bytes(plainBytes), format.bytes(estimatedBytes)) : (step ?? text.runsNow)}
    </a>
  );
}
