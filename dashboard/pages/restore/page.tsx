/**
 * "It is 3 a.m., restore": six steps, each with an address, so that they go on after a reload, on another device, or
 * with somebody who may do more. Nothing is written anywhere before the last press.
 */
import { useEffect, useRef } from 'react';
import { useFormat } from '../../format.ts';
import { Button } from '../../kit/button.tsx';
import { Page } from '../../kit/page.tsx';
import { Failure, Loading } from '../../kit/states.tsx';
import { Stepper } from '../../kit/stepper.tsx';
import { useText } from '../../text/text.ts';
import { useJourney } from './address.ts';
import { CheckStep } from './check.tsx';
import { ConfirmStep } from './confirm.tsx';
import { steps } from './journey.ts';
import { PlanStep } from './plan.tsx';
import { PointStep } from './point.tsx';
import styles from './restore.module.css';
import { useSubject } from './subject.ts';
import { TargetStep } from './target.tsx';
import { WhatStep } from './what.tsx';

export default function View() {
  const text = useText('restore');
  const format = useFormat();
  const journey = useJourney();
  const { step, choices, note } = journey;
  const subject = useSubject(choices);
  const { data: backup, error: noBackup } = subject.backup;
  // From a link to a point alone: the plan is known by it.
  const planOfPoint = choices.plan === undefined ? backup?.planId : undefined;
  useEffect(() => {
    if (planOfPoint !== undefined) note({ plan: planOfPoint });
  }, [planOfPoint, note]);
  const heading = useFocusOnStep(step);

  if (choices.plan === undefined && choices.point !== undefined && !noBackup) {
    return (
      <Page title={text.title} wide={false}>
        <Loading />
      </Page>
    );
  }
  const { only, part, component, to } = choices;
  const chosen = {
    plan: subject.plan.data?.plan.name ?? choices.plan,
    point: backup && format.dateTime(backup.slot),
    what: part === 'some' ? format.list((only ?? []).slice(0, 3)) : (component ?? text.what.everything.label),
    target: text.target.ways[subject.kind ?? 'other'][to ?? 'beside'].label,
    check: undefined,
    confirm: undefined,
  };
  const shared = { journey, subject };
  // Known before, it stays on the page when it cannot be asked for again.
  const isGone = noBackup !== null && !backup && step !== 'plan' && step !== 'point';
  return (
    <Page title={text.title} lead={step === 'plan' ? text.lead : undefined} wide={false}>
      <div className={styles.journey}>
        <Stepper
          label={text.stepsLabel}
          steps={steps.map((id) => ({ id, label: text.steps[id], chosen: chosen[id] }))}
          current={step}
          onStep={(id) => journey.goTo(id as typeof step)}
        />
        <h2 ref={heading} tabIndex={-1} className={styles.heading}>
          {text.headings[step]}
        </h2>
        {step === 'plan' && <PlanStep journey={journey} />}
        {step === 'point' && <PointStep {...shared} />}
        {isGone && (
          <>
            <Failure problem={noBackup} onRetry={() => void subject.backup.refetch()} />
            <div>
              <Button onPress={() => journey.goTo('point', { point: undefined })}>{text.otherPoint}</Button>
            </div>
          </>
        )}
        {!isGone && step === 'what' && <WhatStep {...shared} />}
        {!isGone && step === 'target' && <TargetStep {...shared} />}
        {!isGone && step === 'check' && <CheckStep {...shared} />}
        {!isGone && step === 'confirm' && <ConfirmStep {...shared} />}
      </div>
    </Page>
  );
}

/** Who uses the keyboard, or hears the page, is told that the step is another one. Not on arrival: the page has its heading. */
function useFocusOnStep(step: string) {
  const heading = useRef<HTMLHeadingElement>(null);
  const before = useRef(step);
  useEffect(() => {
    if (before.current === step) return;
    before.current = step;
    heading.current?.focus({ preventScroll: true });
    heading.current?.scrollIntoView({ block: 'nearest' });
  }, [step]);
  return heading;
}
