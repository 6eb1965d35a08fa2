/**
 * The report of a verification: a sealed, signed object in the vault that a person can show to an auditor. It says
 * what was compared, what differed, what was not proven and why, and how long it took.
 */
import { z } from 'zod';
import { attemptSchema, backupIdSchema, planIdSchema } from './format/layout.ts';

const count = z.number().min(0);

const counted = z.strictObject({ rows: count.optional(), checksum: z.string().optional() });

export const comparedItemSchema = z
  .strictObject({
    name: z.string(),
    type: z.string(),
    /** What the evidence says that the source had. */
    source: counted.optional(),
    /** What the bytes of the backup hold, where something counted them. */
    backup: counted.pick({ rows: true }).optional(),
    /** What was there after it was restored. */
    restored: counted.optional(),
    /** False when it is missing, or its number or content differs. */
    same: z.boolean(),
  })
  .meta({ id: 'ComparedItem' });

const comparisonSchema = z.strictObject({
  compared: z.record(z.string(), count),
  differences: z.array(z.string()),
  notProven: z.array(z.strictObject({ what: z.string(), why: z.string() })),
  facts: z.record(z.string(), z.union([z.string(), z.number()])),
  /** At most 500, those that differ first. Absent before release 0.3, and where there is nothing to show. */
  items: z.array(comparedItemSchema).optional(),
  /** How many more there are. */
  itemsLeft: count.optional(),
});

export const reportSchema = z.strictObject({
  format: z.literal('holdfast/report'),
  version: z.literal(1),
  planId: planIdSchema,
  backupId: backupIdSchema,
  attempt: attemptSchema,
  correlationId: z.string(),
  /** What was asked for, and the highest that was reached. */
  levelAsked: z.enum(['stored', 'readable', 'restored']),
  level: z.enum(['stored', 'readable', 'restored']),
  result: z.enum(['passed', 'failed']),
  startedAt: z.iso.datetime(),
  completedAt: z.iso.datetime(),
  seconds: count,
  manifestSha256: z.string(),
  tools: z.record(z.string(), z.string()),
  stored: z.strictObject({
    objects: count,
    bytes: count,
    /** Every byte fetched and its SHA-256 compared with the manifest. */
    hashed: z.boolean(),
    differences: z.array(z.string()),
  }),
  components: z.array(
    z.strictObject({
      name: z.string(),
      title: z.string(),
      level: z.enum(['stored', 'readable', 'restored']),
      seconds: count,
      comparison: comparisonSchema,
    }),
  ),
  /** Why a lower level than asked for was reached, or why it failed; empty when all is well. */
  remarks: z.array(z.string()),
});
export type Report = z.infer<typeof reportSchema>;

/** The report as text, for a terminal or a file. */
export function renderReport(report: Report): string {
  const lines = [
    `Verification of backup ${report.backupId} (plan ${report.planId}, attempt ${report.attempt})`,
    `Result      ${report.result.toUpperCase()} at level "${report.level}"${report.level === report.levelAsked ? '' : ` (asked for: ${report.levelAsked})`}`,
    `Time        ${report.startedAt} to ${report.completedAt} (${report.seconds.toFixed(1)} s)`,
    `Stored      ${report.stored.objects} objects, ${report.stored.bytes} bytes${report.stored.hashed ? ', every byte hashed' : ''}`,
    `Manifest    SHA-256 ${report.manifestSha256}`,
    `Tools       ${Object.entries(report.tools)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
  ];
  for (const difference of report.stored.differences) lines.push(`DIFFERS     ${difference}`);
  for (const component of report.components) {
    const { compared, differences, notProven, facts } = component.comparison;
    lines.push(
      '',
      `${component.title} (${component.name}): ${component.level}, ${component.seconds.toFixed(1)} s`,
    );
    for (const [what, number] of Object.entries(compared)) lines.push(`  compared  ${number} ${what}`);
    for (const [what, value] of Object.entries(facts)) lines.push(`  ${what}: ${value}`);
    for (const difference of differences) lines.push(`  DIFFERS   ${difference}`);
    lines.push(...sideBySide(component.comparison).map((line) => `  ${line}`));
    for (const { what, why } of notProven) lines.push(`  not proven: ${what} (${why})`);
  }
  for (const remark of report.remarks) lines.push('', remark);
  return lines.join('\n');
}

/** Lines of the table in a text; the report itself has up to 500. */
const mostShown = 50;

type SideBySide = Pick<z.infer<typeof comparisonSchema>, 'items' | 'itemsLeft'>;

/** What each side has of each thing, a line each: `table public.orders  source 10  backup 10  restored 10`. */
export function sideBySide({ items = [], itemsLeft = 0 }: SideBySide): readonly string[] {
  const shown = items.slice(0, mostShown);
  const left = items.length - shown.length + itemsLeft;
  const nameOf = ({ type, name }: (typeof items)[number]) => `${type} ${name}`;
  const width = Math.min(60, Math.max(0, ...shown.map((item) => nameOf(item).length)));
  const rows = shown.map((item) => {
    const sides = (['source', 'backup', 'restored'] as const).flatMap((side) => {
      const number = item[side]?.rows;
      return number === undefined ? [] : [`${side} ${number}`];
    });
    return [nameOf(item).padEnd(width), ...sides, ...(item.same ? [] : ['DIFFERS'])].join('  ');
  });
  return left > 0 ? [...rows, `… and ${left} more`] : rows;
}
