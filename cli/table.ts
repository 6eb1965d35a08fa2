/** Tables and fact lists for a terminal: they fit its width, and no cell can move the cursor. */

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  readonly align?: 'right';
  /** Gives up width when the table is too wide; a column without it is never cut. */
  readonly flexible?: true;
  /** Wraps the padded cell in colour; it must not change its visible width. */
  readonly paint?: (cell: string, row: T) => string;
}

/** A flexible column is never made narrower than this many characters. */
const narrowest = 8;
const gap = '  ';

/**
 * The rows as a table of at most `widthColumns` characters a line, without a line feed at the end. When even the
 * narrowest flexible columns do not fit, lines are longer rather than wrong.
 */
export function renderTable<T>(
  rows: readonly T[],
  columns: readonly Column<T>[],
  widthColumns: number,
): string {
  const cells = rows.map((row) => columns.map((column) => oneLine(column.value(row))));
  const widths = fit(
    columns.map((column, at) =>
      Math.max(visible(column.title), ...cells.map((line) => visible(line[at] ?? ''))),
    ),
    columns.map((column) => column.flexible === true),
    widthColumns,
  );
  const head = columns.map((column, at) => place(column.title, widths[at] ?? 0, column.align)).join(gap);
  const body = cells.map((line, rowAt) =>
    columns
      .map((column, at) => {
        const cell = place(line[at] ?? '', widths[at] ?? 0, column.align);
        return column.paint ? column.paint(cell, rows[rowAt] as T) : cell;
      })
      .join(gap)
      .trimEnd(),
  );
  return [head.trimEnd(), ...body].join('\n');
}

/** `Name:  value` lines, aligned; facts whose value is undefined are left out. */
export function renderFacts(facts: readonly (readonly [string, string | undefined])[]): string {
  const shown = facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => visible(name)));
  return shown
    .map(([name, value]) => {
      const lines = value.split('\n').map(oneLine);
      return lines
        .map((line, at) => `${at === 0 ? `${name}:`.padEnd(width + 1) : ' '.repeat(width + 1)}  ${line}`)
        .join('\n');
    })
    .join('\n');
}

/**
 * One printable line. Names of tables and messages of servers come from outside: a control character in them could
 * rewrite the terminal, so it is shown instead of obeyed.
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (character) =>
    character === '\n' || character === '\t'
      ? ' '
      : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The same for text of several lines: line feeds stay. */
export function printable(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

function fit(
  wanted: readonly number[],
  flexible: readonly boolean[],
  widthColumns: number,
): readonly number[] {
  const widths = [...wanted];
  let over = widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1) - widthColumns;
  while (over > 0) {
    // The widest gives first, so that no column is starved while another has room.
    let widest = -1;
    widths.forEach((width, at) => {
      if (flexible[at] && width > narrowest && (widest < 0 || width > (widths[widest] ?? 0))) widest = at;
    });
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}

function place(text: string, width: number, align: 'right' | undefined): string {
  const characters = [...text];
  const shown = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : text;
  const space = ' '.repeat(Math.max(0, width - visible(shown)));
  return align === 'right' ? space + shown : shown + space;
}

function visible(text: string): number {
  return [...text].length;
}
