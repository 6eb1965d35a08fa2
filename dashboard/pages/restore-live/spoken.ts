/** What a reader of the screen is told of a restore that runs: its steps, and every tenth of the way. Not every second. Pure. */

export interface Going {
  readonly status: string;
  readonly step: string | undefined;
  readonly plainBytes?: number | undefined;
  readonly totalBytes?: number | undefined;
}

export interface Spoken {
  readonly status: string;
  readonly step: string | undefined;
  /** 0 to 100 by tens; undefined while nobody knows. */
  readonly percent: number | undefined;
}

export function spokenOf({ status, step, plainBytes, totalBytes }: Going): Spoken {
  const isKnown =
    status === 'running' && plainBytes !== undefined && totalBytes !== undefined && totalBytes > 0;
  const percent = isKnown ? Math.floor((Math.min(plainBytes, totalBytes) / totalBytes) * 10) * 10 : undefined;
  return { status, step, percent };
}
