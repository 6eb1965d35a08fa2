/**
 * The figures that Holdfast gives CloudWatch, all in one table: the dashboard and the alarms of the stack read it, so
 * that no graph is of a name that nobody writes. Pure: rows and results in, figures out.
 */
import type { BackupRow, RestoreRow } from './ports/catalog.ts';
import type { Report } from './report.ts';

export const metricsNamespace = 'Holdfast';

/** `Stack` always; `Function` for what an invocation used; `Plan` beside it where the table says so. */
export const metricDimensions = { stack: 'Stack', function: 'Function', plan: 'Plan' } as const;

export interface MetricInfo {
  readonly unit: 'Seconds' | 'Bytes' | 'Count';
  readonly title: string;
  /**
   * - `stack`: one series a stack.
   * - `plan`: one more for each plan that has it. Each series costs about 0.30 US dollars a month while it is written,
   *   so only what is rare, or what people ask for by plan, may be one.
   * - `function`: one for each function of the stack.
   */
  readonly by: 'stack' | 'plan' | 'function';
}

export const metrics = {
  BackupSeconds: { unit: 'Seconds', title: 'Duration of backups', by: 'stack' },
  BackupSourceBytes: { unit: 'Bytes', title: 'Bytes read from sources', by: 'stack' },
  BackupStoredBytes: { unit: 'Bytes', title: 'Bytes stored by backups', by: 'stack' },
  BackupLagSeconds: { unit: 'Seconds', title: 'Start after the scheduled time', by: 'stack' },
  BackupsCompleted: { unit: 'Count', title: 'Backups completed', by: 'stack' },
  // Written when one failed, and not while all is well.
  BackupsFailed: { unit: 'Count', title: 'Backups failed', by: 'plan' },
  VerificationSeconds: { unit: 'Seconds', title: 'Duration of verifications', by: 'stack' },
  VerificationsPassed: { unit: 'Count', title: 'Verifications passed', by: 'stack' },
  VerificationsFailed: { unit: 'Count', title: 'Verifications failed', by: 'plan' },
  RowsVerified: { unit: 'Count', title: 'Rows, documents and files counted by proofs', by: 'stack' },
  VerificationErrors: { unit: 'Count', title: 'Verifications not carried out', by: 'stack' },
  RestoreSeconds: { unit: 'Seconds', title: 'Duration of restores', by: 'stack' },
  RestoresCompleted: { unit: 'Count', title: 'Restores completed', by: 'stack' },
  RestoresFailed: { unit: 'Count', title: 'Restores failed', by: 'stack' },
  CleanupSeconds: { unit: 'Seconds', title: 'Duration of cleanups', by: 'stack' },
  CleanupMarkedBackups: { unit: 'Count', title: 'Backups marked for expiry', by: 'stack' },
  CleanupMarkedObjects: { unit: 'Count', title: 'Objects marked for expiry', by: 'stack' },
  CleanupMarkedBytes: { unit: 'Bytes', title: 'Bytes marked for expiry', by: 'stack' },
  CleanupFailures: { unit: 'Count', title: 'Plans that cleanup failed for', by: 'stack' },
  PeakMemoryBytes: { unit: 'Bytes', title: 'Peak memory of an invocation', by: 'function' },
  ScratchBytes: { unit: 'Bytes', title: 'Space in use below /tmp', by: 'function' },
} as const satisfies Record<string, MetricInfo>;

export type MetricName = keyof typeof metrics;
export type Figures = Readonly<Partial<Record<MetricName, number>>>;

/** Of a run that has ended. The lag is only a schedule's: who asks by hand waits for nothing. */
export function backupFigures(row: BackupRow): Figures {
  const { status, trigger, slot, startedAt, completedAt, sourceBytes, storedBytes } = row;
  const lag = trigger === 'schedule' ? { BackupLagSeconds: secondsBetween(slot, startedAt) } : {};
  if (status === 'failed') return numbers({ BackupsFailed: 1, ...lag });
  if (status !== 'completed') return {};
  return numbers({
    ...lag,
    BackupsCompleted: 1,
    BackupSeconds: secondsBetween(startedAt, completedAt),
    BackupSourceBytes: sourceBytes,
    BackupStoredBytes: storedBytes,
  });
}

/** What the kinds count one by one. */
const counted = ['rows', 'documents', 'files'] as const;

export function verificationFigures({
  result,
  seconds,
  components,
}: Pick<Report, 'result' | 'seconds' | 'components'>): Figures {
  const rows = components.flatMap(({ comparison }) => counted.map((what) => comparison.compared[what] ?? 0));
  return numbers({
    VerificationSeconds: seconds,
    VerificationsPassed: result === 'passed' ? 1 : undefined,
    VerificationsFailed: result === 'failed' ? 1 : undefined,
    RowsVerified: rows.reduce((sum, each) => sum + each, 0),
  });
}

/** Nothing while it waits, and nothing of one that somebody cancelled. */
export function restoreFigures({ status, startedAt, completedAt }: RestoreRow): Figures {
  if (status === 'failed') return { RestoresFailed: 1 };
  if (status !== 'completed') return {};
  return numbers({ RestoresCompleted: 1, RestoreSeconds: secondsBetween(startedAt, completedAt) });
}

export function cleanupFigures(
  {
    marked,
    failed,
  }: {
    readonly marked: { readonly backups: number; readonly objects: number; readonly bytes: number };
    readonly failed: readonly unknown[];
  },
  seconds: number,
): Figures {
  return {
    CleanupSeconds: seconds,
    CleanupMarkedBackups: marked.backups,
    CleanupMarkedObjects: marked.objects,
    CleanupMarkedBytes: marked.bytes,
    CleanupFailures: failed.length,
  };
}

function secondsBetween(from: string | undefined, to: string | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

function numbers(values: Readonly<Partial<Record<MetricName, number | undefined>>>): Figures {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
