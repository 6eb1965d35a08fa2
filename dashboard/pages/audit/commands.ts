/** The same as the page shows, for a terminal. Pure. */
import { spanOfMonth } from './months.ts';

export interface Narrowed {
  readonly month: string;
  readonly by?: string | undefined;
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly result?: string | undefined;
  readonly via?: string | undefined;
}

export function exportCommand({ month, ...rest }: Narrowed): string {
  const { from, to } = spanOfMonth(month);
  const options = Object.entries({ from, to, ...rest }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name} ${quoted(value)}`],
  );
  return ['holdfast audit export', ...options, `--out audit-${month}.jsonl`].join(' ');
}

export function verifyCommand(month: string): string {
  const { from, to } = spanOfMonth(month);
  return `holdfast audit verify --from ${from} --to ${to}`;
}

/** For a POSIX shell. */
function quoted(value: string): string {
  return /^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`;
}
