/** An alert as it is told: what failed, on what, why, and what to do next. */
import { type Alert, type AlertState, alertTitles } from '../alerts.ts';
import { alertLink } from './console-link.ts';
import { clockTime, cut, type Fact, type Notice, subjectLine, type Tone } from './notice.ts';

const labels: Record<AlertState, Record<Alert['severity'], string>> = {
  broken: { critical: 'Critical', warning: 'Warning' },
  reminder: { critical: 'Still critical', warning: 'Still a warning' },
  recovered: { critical: 'Recovered', warning: 'Recovered' },
};

/** Plans that a digest names. */
const mostNamed = 20;
const mostForPrograms = 200;

export interface AlertNoticeContext {
  readonly id: string;
  /** The plans that name this recipient; none for the stack's own list. */
  readonly planIds: readonly string[];
  readonly reason: string;
  readonly stackName: string;
  readonly remark?: string;
  readonly consoleUrl?: string;
}

export function alertNotice(alert: Alert, context: AlertNoticeContext): Notice {
  const { kind, severity, state = 'broken', planId, backupId, code, since, correlationId, at } = alert;
  // Of a digest each person reads of the plans that name them.
  const named = planId === undefined && context.planIds.length > 0 ? context.planIds : (alert.planIds ?? []);
  const about = planId ?? (named.length > 0 ? plansInWords(named, 3) : undefined);
  const facts: (Fact | undefined)[] = [
    planId === undefined ? undefined : { label: 'Plan', value: planId, isCode: true },
    named.length > 0 ? { label: 'Plans', value: plansInWords(named, mostNamed) } : undefined,
    backupId === undefined ? undefined : { label: 'Backup', value: backupId, isCode: true },
    since === undefined ? undefined : { label: 'Since', value: clockTime(since) },
    { label: 'Time', value: clockTime(at) },
    code === undefined ? undefined : { label: 'Code', value: code, isCode: true },
    backupId === undefined ? undefined : { label: 'Look', value: `holdfast show ${backupId}`, isCode: true },
    { label: 'More', value: `docs/troubleshooting.md#${kind}` },
    correlationId === undefined ? undefined : { label: 'Correlation id', value: correlationId, isCode: true },
  ];
  const link = alertLink(alert, context.consoleUrl);
  return {
    id: context.id,
    event: 'alert',
    tone: state === 'recovered' ? 'good' : severity,
    label: labels[state][severity],
    subject: subjectLine(alert.subject),
    headline: headlineOf(alert, about),
    lead: `${state === 'recovered' ? 'It was: ' : ''}${alert.why}`,
    ...(alert.next !== undefined && { next: alert.next }),
    ...(link && { link }),
    facts: facts.filter((fact) => fact !== undefined),
    sections: [],
    ...(context.remark !== undefined && { remark: context.remark }),
    reason: context.reason,
    stackName: context.stackName,
    at,
    about: {
      kind,
      severity,
      state,
      planId,
      ...(named.length > 0 && { planIds: named.slice(0, mostForPrograms) }),
      backupId,
      since,
      code,
      correlationId,
    },
  };
}

function headlineOf({ kind, state, subject }: Alert, about: string | undefined): string {
  // Words that somebody published have no title but their own.
  if (kind === 'warning') return subject.replace(/^\[Holdfast\] /, '');
  const title = alertTitles[kind];
  const said = state === 'recovered' ? `Well again: ${title}` : title;
  return about === undefined ? said : `${said}: ${about}`;
}

export function plansInWords(planIds: readonly string[], most: number): string {
  const rest = planIds.length - most;
  return cut(`${planIds.slice(0, most).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`, 1_000);
}

/** Tone and words of a test. */
export function testNotice(
  context: Omit<AlertNoticeContext, 'remark' | 'consoleUrl'> & { readonly by: string; readonly at: string },
): Notice {
  const [planId] = context.planIds;
  const tone: Tone = 'plain';
  return {
    id: context.id,
    event: 'test',
    tone,
    label: 'Test',
    subject: subjectLine(`[Holdfast] Test - plan ${planId ?? '-'}`),
    headline: 'This is a test',
    lead: `Nothing has happened: ${context.by} asked whether what Holdfast tells of plan ${planId ?? '-'} arrives here. It does.`,
    facts: [
      { label: 'Plan', value: planId ?? '-', isCode: true },
      { label: 'Time', value: clockTime(context.at) },
    ],
    sections: [],
    reason: context.reason,
    stackName: context.stackName,
    at: context.at,
    about: { planId },
  };
}
