/** What the catalog keeps of a report: the same whether it was just made or is read back from the vault. */
import type { VerificationState } from '../ports/catalog.ts';
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
  };
}

/** Passed a restore drill. */
export function isProof(report: Report): boolean {
  return report.result === 'passed' && report.level === 'restored';
}
