/** `holdfast contents BACKUP`: the tables, collections and files that a backup holds. */
import { z } from 'zod';
import { HoldfastError } from '../../core/errors.ts';
import { componentNameSchema } from '../../core/format/layout.ts';
import { type Api, answer } from '../api/client.ts';
import { findBackup } from '../api/lookup.ts';
import type { BackupContents, HeldItem } from '../api/rows.ts';
import type { Cli } from '../context.ts';
import { argument, wholeNumber } from '../lookup.ts';
import type { Output } from '../output.ts';
import { type Column, renderTable } from '../table.ts';
import { awaitTask } from '../task-run.ts';
import { formatBytes, formatTime } from '../units.ts';

export interface ContentsOptions {
  readonly component?: string;
  readonly prefix?: string;
  readonly limit: string;
}

/** Of one page, as the API has it. */
const mostAPage = 1000;
/** Each page is a task of some seconds. */
const mostItems = 10_000;

export async function contents(cli: Cli, name: string, options: ContentsOptions): Promise<void> {
  const limit = argument(wholeNumber(1, mostItems), options.limit, '--limit');
  const component =
    options.component === undefined
      ? undefined
      : argument(componentNameSchema, options.component, '--component');
  const prefix =
    options.prefix === undefined ? undefined : argument(z.string().max(4096), options.prefix, '--prefix');
  const api = await cli.api();
  const { backupId } = await findBackup(api, name, (text) => cli.out.warn(text));
  const items: HeldItem[] = [];
  let page: BackupContents;
  let after: string | undefined;
  do {
    const body = { component, prefix, after, limit: Math.min(mostAPage, limit - items.length) };
    page = await pageOf(cli, api, backupId, body);
    items.push(...page.items);
    after = page.nextAfter;
  } while (after !== undefined && items.length < limit);
  const { components } = page;
  cli.out.result({ backupId, components, items, nextAfter: after, whole: after === undefined }, () =>
    shown(cli.out, { components, items }, after !== undefined),
  );
}

async function pageOf(
  cli: Cli,
  api: Api,
  backupId: string,
  body: { component?: string; prefix?: string; after?: string; limit: number },
): Promise<BackupContents> {
  const task = answer(
    await api.POST('/v1/backups/{backupId}/contents', { params: { path: { backupId } }, body }),
  );
  const { result } = await awaitTask(cli, api, task, 'looking into the backup');
  // The API has checked its form.
  if (typeof result === 'object' && result !== null && 'components' in result)
    return result as BackupContents;
  throw new HoldfastError('INTERNAL', `task ${task.taskId} has no list of contents`);
}

function shown(
  out: Output,
  { components, items }: Pick<BackupContents, 'components' | 'items'>,
  hasMore: boolean,
): string {
  const { widthColumns } = out.terminal;
  const parts = [renderTable(components, componentColumns, widthColumns)];
  if (items.length === 0) parts.push('Nothing in it has a name like that.');
  else parts.push(renderTable(items, itemColumns(components.length > 1), widthColumns));
  if (hasMore) parts.push(`More: give --limit (at most ${mostItems}), or a longer --prefix.`);
  return parts.join('\n\n');
}

const maybe = (value: number | undefined, format: (value: number) => string) =>
  value === undefined ? '-' : format(value);

const componentColumns: readonly Column<BackupContents['components'][number]>[] = [
  { title: 'COMPONENT', value: ({ name }) => name },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'OF', value: ({ title }) => title, flexible: true },
  { title: 'ITEMS', value: ({ items }) => maybe(items, String), align: 'right' },
  { title: 'SIZE', value: ({ sourceBytes }) => maybe(sourceBytes, formatBytes), align: 'right' },
];

function itemColumns(isOfSeveral: boolean): readonly Column<HeldItem>[] {
  return [
    ...(isOfSeveral ? [{ title: 'COMPONENT', value: ({ component }: HeldItem) => component }] : []),
    { title: 'NAME', value: ({ name }) => name, flexible: true },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'ROWS', value: ({ rows }) => maybe(rows, String), align: 'right' },
    { title: 'SIZE', value: ({ bytes }) => maybe(bytes, formatBytes), align: 'right' },
    {
      title: 'CHANGED',
      value: ({ modifiedAt }) => (modifiedAt === undefined ? '-' : formatTime(modifiedAt)),
    },
  ];
}
