/** The report itself, as it is on the screen and on paper. */
import { useEffect } from 'react';
import { useSignedIn } from '../../app/session-context.ts';
import { useFormat } from '../../format.ts';
import { Card, Facts } from '../../kit/card.tsx';
import { Note } from '../../kit/note.tsx';
import { useText } from '../../text/text.ts';
import styles from './evidence.module.css';
import { Alerts, Deletions, Drills, Keys, Restores } from './lists.tsx';
import { wearMargins } from './margins.ts';
import { type Evidence, totalsOf } from './merge.ts';
import { PlanSection, PlansTable } from './plan-section.tsx';

export function Report({ evidence }: { readonly evidence: Evidence }) {
  const text = useText('evidence');
  const { me } = useSignedIn();
  const format = useFormat();
  const { from, to, at, stackName, version, plans, whole, left } = evidence;
  const period = text.period(format.dateTime(from, 'UTC'), format.dateTime(to, 'UTC'));
  const made = text.made(me.name, format.dateTime(at));
  const who = `${stackName} · Holdfast ${version}`;
  useEffect(
    () => wearMargins({ left: `${text.paperTitle} · ${who}`, right: period, foot: made, of: text.pageOf }),
    [text, who, period, made],
  );
  const totals = totalsOf(plans);
  return (
    <article className={styles.report} aria-label={text.paperTitle}>
      <Card title={text.paperTitle}>
        <Facts
          facts={[
            [text.facts.period, period],
            [text.facts.stack, stackName],
            [text.facts.version, `Holdfast ${version}`],
            [text.facts.by, me.name],
            [text.facts.at, format.dateTime(at)],
            [text.facts.plans, format.number(plans.length)],
            [
              text.facts.runs,
              text.counts(
                format.number(totals.expected),
                format.number(totals.completed),
                format.number(totals.failed),
                format.number(totals.missed),
              ),
            ],
            [
              text.facts.success,
              totals.successRate === undefined ? undefined : format.percent(totals.successRate),
            ],
            [text.facts.drills, format.number(totals.restored)],
          ]}
        />
        {!whole && <Note state="warning">{text.notWhole}</Note>}
        {left.plans > 0 && <Note state="warning">{text.plansLeft(left.plans)}</Note>}
      </Card>
      <PlansTable plans={plans} />
      {plans.map((plan) => (
        <PlanSection key={plan.planId} plan={plan} />
      ))}
      <Drills evidence={evidence} />
      <Restores evidence={evidence} />
      <Alerts evidence={evidence} />
      <Keys evidence={evidence} />
      <Deletions evidence={evidence} />
      <Card title={text.limits.title}>
        <ul className={styles.limits}>
          {text.limits.items.map((item) => (
            <li key={item}>{item}</li>
          ))}
        </ul>
      </Card>
    </article>
  );
}
