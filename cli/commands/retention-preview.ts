/** `holdfast retention preview PLAN`: what a policy would keep of the plan's real history. Changes nothing. */

import type { components } from '../../api/schema.ts';
import { InvalidInput } from '../../core/errors.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import type { Retention } from '../../core/plan.ts';
import { answer } from '../api/client.ts';
import type { Cli } from '../context.ts';
import { argument, wholeNumber } from '../lookup.ts';
import { readPlans } from '../plan-files.ts';
import { type Column, renderFacts, renderTable } from '../table.ts';
import { formatBytes } from '../units.ts';

type Preview = components['schemas']['RetentionPreview'];

/** As commander names them. */
export interface PreviewOptions {
  readonly hourly?: string;
  readonly daily?: string;
  readonly weekly?: string;
  readonly monthly?: string;
  readonly yearly?: string;
  readonly days?: string;
  readonly manualDays?: string;
  readonly file?: string;
}

const flags = [
  ['hourly', '--hourly'],
  ['daily', '--daily'],
  ['weekly', '--weekly'],
  ['monthly', '--monthly'],
  ['yearly', '--yearly'],
  ['days', '--days'],
  ['manualDays', '--manual-days'],
] as const;

export async function previewOfRetention(cli: Cli, id: string, options: PreviewOptions): Promise<void> {
  const plan = argument(planIdSchema, id, 'PLAN');
  // What is typed is read before anything is asked.
  const given = givenNumbers(options);
  const ofFile = options.file === undefined ? {} : await retentionOfFile(options.file, plan);
  const api = await cli.api();
  const retention = { ...ofFile, ...given };
  const preview = answer(await api.POST('/v1/retention/preview', { body: { plan, retention } }));
  cli.out.result({ ...preview, policy: preview.policy ?? null }, () =>
    text(preview, cli.out.terminal.widthColumns),
  );
}

function givenNumbers(options: PreviewOptions): Partial<Retention> {
  const given: Partial<Record<keyof Retention, number>> = {};
  for (const [name, flag] of flags) {
    const value = options[name];
    if (value !== undefined) given[name] = argument(wholeNumber(0, 100_000), value, flag);
  }
  return given;
}

async function retentionOfFile(file: string, planId: string): Promise<Retention> {
  const found = (await readPlans(file)).find(({ plan }) => plan.id === planId);
  if (found) return found.plan.retention;
  throw new InvalidInput('command line', [
    { field: '--file', value: file, allowed: `a file or folder with the plan ${planId} in it` },
  ]);
}

function text(preview: Preview, widthColumns: number): string {
  const { lines, linesLeft, totals, tiers, planId, policy, whole } = preview;
  if (lines.length === 0) return `No completed backups of plan ${planId} yet.`;
  return [
    renderTable(lines, columns, widthColumns),
    linesLeft > 0 ? `… and ${linesLeft} older ones, counted below` : undefined,
    whole ? undefined : '… and older ones still, which were not looked at',
    '',
    renderFacts([
      ['Policy', policy ? policyText(policy) : 'each as it was made: the plan is gone'],
      ['Kept', `${totals.kept}, ${formatBytes(totals.keptBytes)}`],
      ['Would go', `${totals.expired}, ${formatBytes(totals.expiredBytes)}`],
      ...tiers.map((tier): [string, string] => [
        `  ${tier.tier}`,
        `kept ${tier.kept} (${formatBytes(tier.keptBytes)}), would go ${tier.expired} (${formatBytes(tier.expiredBytes)})`,
      ]),
    ]),
  ]
    .filter((part) => part !== undefined)
    .join('\n');
}

function policyText(retention: Retention): string {
  return flags.map(([name]) => `${name} ${retention[name]}`).join(', ');
}

const day = (isoUtc: string | undefined) => isoUtc?.slice(0, 10) ?? '-';

const columns: readonly Column<Preview['lines'][number]>[] = [
  { title: 'BACKUP', value: (line) => line.backupId },
  { title: 'TIER', value: (line) => line.tier },
  {
    title: 'SIZE',
    value: (line) => (line.storedBytes === undefined ? '-' : formatBytes(line.storedBytes)),
    align: 'right',
  },
  { title: 'ENDS NOW', value: (line) => day(line.expiresNow) },
  { title: 'WOULD END', value: (line) => day(line.expiresThen) },
  { title: 'VERDICT', value: (line) => line.verdict },
  { title: 'WHY', value: (line) => line.why, flexible: true },
];
