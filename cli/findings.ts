/** Lists of checks, as a table that says for each what was seen, and below it how to mend what is wrong. */
import type { Finding } from './context.ts';
import type { Output, Tone } from './output.ts';
import { printable, renderTable } from './table.ts';

export interface GroupedFinding extends Finding {
  readonly group: string;
}

export function checkTable(out: Output, findings: readonly GroupedFinding[], groupTitle: string): string {
  const table = renderTable(
    findings,
    [
      { title: groupTitle, value: ({ group }) => group },
      { title: 'CHECK', value: ({ name }) => name },
      { title: 'RESULT', value: word, paint: (cell, row) => out.paint(tone(row), cell) },
      { title: 'DETAIL', value: ({ detail }) => detail, flexible: true },
    ],
    out.terminal.widthColumns,
  );
  const mending = findings
    .filter(({ ok, next }) => ok !== true && next !== undefined)
    .map((finding) => `${finding.group}, ${finding.name}: ${finding.detail}\n  Next step: ${finding.next}`);
  return mending.length === 0 ? table : `${table}\n\n${printable([...new Set(mending)].join('\n'))}`;
}

function word({ ok }: Finding): string {
  if (ok === undefined) return 'not seen';
  return ok ? 'ok' : 'WRONG';
}

function tone({ ok }: Finding): Tone {
  if (ok === undefined) return 'warn';
  return ok ? 'good' : 'bad';
}

/** What is wrong counts as wrong; what could not be looked at does not, but it is never shown as ok. */
export function allWell(findings: readonly Finding[]): boolean {
  return findings.length > 0 && findings.every(({ ok }) => ok !== false);
}

/** A finding in its group; what is well needs no next step. */
export function grouped(group: string, finding: Finding): GroupedFinding {
  return { ...finding, group, next: finding.ok === true ? undefined : finding.next };
}

/** As --json shows it: null says that it could not be looked at. */
export function findingJson(finding: GroupedFinding): Readonly<Record<string, unknown>> {
  return { ...finding, ok: finding.ok ?? null };
}
