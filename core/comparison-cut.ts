/**
 * Makes a comparison, and a report of several, small enough for a row of the catalog. What differs goes last: first the
 * table of things side by side becomes shorter, then the lists of lines, and each says how much it lost. Pure.
 */
import { jsonBytes } from './hold-request.ts';
import type { Comparison } from './ports/recovery.ts';
import type { Report } from './report.ts';

/** How much is left of each list, step by step. */
const steps = [
  { items: 500, lines: 200 },
  { items: 200, lines: 200 },
  { items: 100, lines: 100 },
  { items: 50, lines: 50 },
  { items: 20, lines: 20 },
  { items: 5, lines: 5 },
  { items: 0, lines: 1 },
] as const;
type Step = (typeof steps)[number];

/** Characters of one line, once lists are cut. */
const lineCharacters = 1000;

/** The value itself where it fits; else as much of its lists as does. */
function fitting<T>(value: T, mostBytes: number, cut: (value: T, step: Step) => T): T {
  if (jsonBytes(value) <= mostBytes) return value;
  let smallest = value;
  for (const step of steps) {
    smallest = cut(value, step);
    if (jsonBytes(smallest) <= mostBytes) break;
  }
  return smallest;
}

export function cutLines(lines: readonly string[], most: number): string[] {
  const kept = lines.slice(0, most).map(short);
  const left = lines.length - kept.length;
  return left > 0 ? [...kept, `… and ${left} more`] : kept;
}

const short = (line: string) =>
  line.length > lineCharacters ? `${line.slice(0, lineCharacters - 1)}…` : line;

/** Items are ordered by whoever made the comparison: those that differ come first, so the others go. */
function cutComparison<T extends Comparison | Report['components'][number]['comparison']>(
  comparison: T,
  step: Step,
): T {
  const { items, itemsLeft = 0, differences, notProven } = comparison;
  const lost = items ? Math.max(0, items.length - step.items) : 0;
  const proofs = notProven
    .slice(0, step.lines)
    .map(({ what, why }) => ({ what: short(what), why: short(why) }));
  const proofsLeft = notProven.length - proofs.length;
  return {
    ...comparison,
    differences: cutLines(differences, step.lines),
    notProven: [
      ...proofs,
      ...(proofsLeft > 0 ? [{ what: `… and ${proofsLeft} more`, why: 'the list is cut' }] : []),
    ],
    ...(items && { items: items.slice(0, step.items) }),
    ...(itemsLeft + lost > 0 && { itemsLeft: itemsLeft + lost }),
  };
}

/** A report as it may stand in the result of a task. */
export function fittingReport(report: Report, mostBytes: number): Report {
  const cut = fitting(report, mostBytes, (whole, step) => ({
    ...whole,
    stored: { ...whole.stored, differences: cutLines(whole.stored.differences, step.lines) },
    components: whole.components.map((each) => ({
      ...each,
      comparison: cutComparison(each.comparison, step),
    })),
    remarks: cutLines(whole.remarks, step.lines),
  }));
  // Of very many databases, those that are well are left out.
  let kept = cut.components;
  let bytes = jsonBytes(cut);
  while (bytes > mostBytes && kept.length > 1) {
    const at = Math.max(
      0,
      kept.findLastIndex(({ comparison }) => comparison.differences.length === 0),
    );
    bytes -= jsonBytes(kept[at]) + 1;
    kept = kept.toSpliced(at, 1);
  }
  const left = cut.components.length - kept.length;
  if (left === 0) return cut;
  return { ...cut, components: kept, remarks: [...cut.remarks, `… and ${left} more components`] };
}

interface ResultLists {
  readonly comparison?: Comparison;
  readonly skipped: readonly string[];
  readonly nextSteps: readonly string[];
}

/** What came of a restore, as it may stand in its row. */
export function fittingResult<T extends ResultLists>(result: T, mostBytes: number): T {
  return fitting(result, mostBytes, (whole, step) => ({
    ...whole,
    ...(whole.comparison && { comparison: cutComparison(whole.comparison, step) }),
    skipped: cutLines(whole.skipped, step.lines),
    nextSteps: whole.nextSteps.map(short),
  }));
}
