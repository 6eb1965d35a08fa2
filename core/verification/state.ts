/** What the catalog keeps of a report: the same whether it was just made or is read back from the vault. */
import type { DrillRow, VerificationState } from '../ports/catalog.ts';
import type { Report } from '../report.ts';

/** Everything that was found, in the order of its weight. */
export function findingsOf(report: Report): readonly string[] {
  return [
    ...report.remarks,
    ...report.stored.differences,
    ...report.components.flatMap((component) => component.comparison.differences),
  ];
}

export function verificationStateOf(report: Report, reportKey: string): VerificationState {
  return {
    status: report.result,
    level: report.level,
    verifiedAt: report.completedAt,
    reportKey,
    detail: findingsOf(report).slice(0, 3).join('; ').slice(0, 1000),
    provenAt: isProof(report) ? report.completedAt : undefined,
    ...figuresOf(report),
  };
}

const mostCounted = 50;

type Figures = Required<Pick<VerificationState, 'seconds' | 'counted' | 'differences'>>;

/** What was compared is summed up over the components, by its name. */
function figuresOf({ seconds, stored, components }: Report): Figures {
  const counted: Record<string, number> = {};
  let differences = stored.differences.length;
  for (const { comparison } of components) {
    differences += comparison.differences.length;
    for (const [what, number] of Object.entries(comparison.compared))
      counted[what] = (counted[what] ?? 0) + number;
  }
  return { seconds, counted: Object.fromEntries(Object.entries(counted).slice(0, mostCounted)), differences };
}

/** Undefined for a verification that was not to be a drill. `slot`: of the backup. */
export function drillOf(report: Report, slot: string, reportKey: string): DrillRow | undefined {
  if (report.levelAsked !== 'restored') return undefined;
  const { planId, backupId, completedAt: at } = report;
  const { verifiedAt: _verifiedAt, provenAt: _provenAt, ...found } = verificationStateOf(report, reportKey);
  return { planId, backupId, slot, at, ...found };
}

/** Passed a restore drill. */
export function isProof(report: Report): boolean {
  return report.result === 'passed' && report.level === 'restored';
}
