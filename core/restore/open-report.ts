/**
 * Opens a sealed verification report for a person. Promises: it was signed by verify about this very backup; what does not
 * fit into a task is cut, and says so.
 */

import { fittingReport } from '../comparison-cut.ts';
import { HoldfastError } from '../errors.ts';
import { reportKey } from '../format/layout.ts';
import { newestReportNames, openReport, type ReportDeps } from '../recovery/reports.ts';
import type { Report } from '../report.ts';
import { requireReportKey } from './report-key.ts';

export interface ReportAsked {
  readonly planId: string;
  readonly backupId: string;
  /** Default: the newest. */
  readonly key?: string;
}

export interface OpenedReport {
  readonly report: Report;
  readonly key: string;
}

const mostBytes = 190 * 1024;

/** @throws HoldfastError INVALID_INPUT, OBJECT_MISSING where there is none, INTEGRITY_*, KEY_MISSING; the signal's reason */
export async function openReportFor(
  { planId, backupId, key }: ReportAsked,
  deps: ReportDeps,
  signal: AbortSignal,
): Promise<OpenedReport> {
  const id =
    key === undefined
      ? await newestName(planId, backupId, deps, signal)
      : requireReportKey(planId, backupId, key);
  const report = await openReport({ planId, backupId, id }, deps, signal);
  return { report: fittingReport(report, mostBytes), key: reportKey(planId, backupId, id) };
}

async function newestName(
  planId: string,
  backupId: string,
  { vault }: ReportDeps,
  signal: AbortSignal,
): Promise<string> {
  const [newest] = await newestReportNames(reportKey(planId, backupId, ''), vault);
  signal.throwIfAborted();
  if (newest !== undefined) return newest;
  throw new HoldfastError('OBJECT_MISSING', `backup ${backupId} has no verification report`, {
    next: `Have it verified: \`holdfast verify ${backupId}\`.`,
  });
}
