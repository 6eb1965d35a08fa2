/**
 * What the functions of the stack have logged, by correlation id: the one id that the lines of a run have in common.
 * Contract: lines come in the order of their times, each once over all pages; what a page looks through is bounded, so
 * that it may have fewer lines than `limit`, even none, and a cursor all the same. Nothing that is a secret leaves.
 * Throws ACCESS_DENIED, LOG_UNAVAILABLE; INVALID_INPUT for a cursor that is none of the same question.
 */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogQuestion {
  readonly correlationId: string;
  /** ISO 8601 UTC, both inclusive. */
  readonly from: string;
  readonly to: string;
  /** This level at least. */
  readonly level: LogLevel;
  /** 1 to 1000. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface LogLine {
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly level: LogLevel;
  readonly message: string;
  /** Which function of the stack: `backup`, `api`. */
  readonly function: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LogPage {
  readonly lines: readonly LogLine[];
  readonly cursor?: string;
  /** The log groups that were looked through, for who goes on looking in AWS. */
  readonly groups: readonly string[];
}

export interface LogReader {
  read(question: LogQuestion): Promise<LogPage>;
}
