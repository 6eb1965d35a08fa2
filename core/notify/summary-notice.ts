/** The week of all plans that name one recipient, as one notice: what needs somebody first. */
import { bytes } from '../health/words.ts';
import { overviewLink } from './console-link.ts';
import { clockTime, type Fact, type Notice, type Section, subjectLine } from './notice.ts';
import type { PlanWeek, Week } from './summary.ts';

/** Plans with a paragraph of their own: mail programs cut what is longer than about 100 KB. */
const mostShown = 50;
const mostForPrograms = 200;

export interface SummaryNoticeContext {
  readonly id: string;
  readonly week: Week;
  readonly reason: string;
  readonly stackName: string;
  readonly at: string;
  readonly consoleUrl?: string;
}

export function summaryNotice(plans: readonly PlanWeek[], context: SummaryNoticeContext): Notice {
  const sorted = plans.toSorted(
    (one, other) => Number(other.isTrouble) - Number(one.isTrouble) || (one.planId < other.planId ? -1 : 1),
  );
  const trouble = sorted.filter(({ isTrouble }) => isTrouble).length;
  const sum = (of: (counts: NonNullable<PlanWeek['counts']>) => number) =>
    sorted.reduce((total, { counts }) => total + (counts ? of(counts) : 0), 0);
  const rest = sorted.length - mostShown;
  const span = `${context.week.from} to ${context.week.to}`;
  const verdict =
    trouble === 0
      ? 'all well'
      : `${many(trouble, 'plan')} of ${sorted.length} ${trouble === 1 ? 'needs' : 'need'} a look`;
  const link = overviewLink(context.consoleUrl);
  return {
    id: context.id,
    event: 'summary',
    tone: trouble === 0 ? 'good' : 'warning',
    label: trouble === 0 ? 'All well' : 'Needs a look',
    subject: subjectLine(`[Holdfast] Week of ${context.week.from}: ${verdict}`),
    headline: `The week of ${context.week.from}`,
    lead: `${many(sorted.length, 'plan')}, ${span} (UTC): ${many(
      sum(({ completed }) => completed),
      'backup',
    )} completed, ${sum(({ failed }) => failed)} failed, ${sum(({ missed }) => missed)} missed. ${many(
      sum(({ proven }) => proven),
      'restore drill',
    )} passed.`,
    ...(trouble > 0 && { next: 'Look at what is wrong now with `holdfast status`.' }),
    ...(link && { link }),
    facts: [
      { label: 'New in the vault', value: bytes(sum(({ storedBytes }) => storedBytes)) },
      { label: 'Kept', value: bytes(sorted.reduce((total, { keptBytes = 0 }) => total + keptBytes, 0)) },
    ],
    sections: sorted.slice(0, mostShown).map(sectionOf),
    ...(rest > 0 && {
      remark: `${many(rest, 'further plan')}, all counted above, ${rest === 1 ? 'is' : 'are'} not shown: \`holdfast status\` has them.`,
    }),
    reason: context.reason,
    stackName: context.stackName,
    at: context.at,
    about: {
      planIds: sorted.slice(0, mostForPrograms).map(({ planId }) => planId),
      plans: sorted.slice(0, mostForPrograms),
    },
  };
}

function sectionOf(plan: PlanWeek): Section {
  const { counts, keptBytes, lastGoodAt, lastProvenAt, nextRunAt, rests } = plan;
  const facts: (Fact | undefined)[] = [
    { label: 'Runs', value: counts ? countsInWords(counts) : 'not counted yet' },
    keptBytes === undefined
      ? undefined
      : {
          label: 'Kept',
          value: `${bytes(keptBytes)}${counts ? `, ${bytes(counts.storedBytes)} of it new` : ''}`,
        },
    { label: 'Last good', value: lastGoodAt === undefined ? 'none among the newest' : clockTime(lastGoodAt) },
    {
      label: 'Last proven',
      value: lastProvenAt === undefined ? 'none among the newest' : clockTime(lastProvenAt),
    },
    { label: 'Next run', value: rests ?? (nextRunAt === undefined ? 'none' : clockTime(nextRunAt)) },
  ];
  return {
    title: plan.name === undefined ? plan.planId : `${plan.name} (${plan.planId})`,
    tone: plan.isTrouble ? 'warning' : rests === undefined ? 'good' : 'plain',
    label: plan.isTrouble ? 'needs a look' : (rests ?? 'well'),
    facts: facts.filter((fact) => fact !== undefined),
  };
}

function countsInWords({
  completed,
  failed,
  missed,
  proven,
  verifyFailed,
}: NonNullable<PlanWeek['counts']>): string {
  const said = [`${completed} completed`, `${failed} failed`, `${missed} missed`];
  if (proven > 0) said.push(`${proven} proven`);
  if (verifyFailed > 0) said.push(`${many(verifyFailed, 'verification')} failed`);
  return said.join(', ');
}

function many(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
