/** Said although the elements imply them: a table that is laid out as a grid is none any more to some browsers. */
const named = <R extends string>(role: R) => ({ role }) as const;

export const roles = {
  table: named('table'),
  rowgroup: named('rowgroup'),
  row: named('row'),
  columnheader: named('columnheader'),
  rowheader: named('rowheader'),
  cell: named('cell'),
};
