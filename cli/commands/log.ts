/** `holdfast log BACKUP|RESTORE|TASK`: what the functions of the stack logged of it. */
import { z } from 'zod';
import type { components } from '../../api/schema.ts';
import { type Api, answer } from '../api/client.ts';
import { findBackup } from '../api/lookup.ts';
import type { Cli } from '../context.ts';
import { argument, wholeNumber } from '../lookup.ts';
import type { Output, Tone } from '../output.ts';
import { oneLine } from '../table.ts';
import { formatTime } from '../units.ts';

type Log = components['schemas']['Log'];
type Line = Log['items'][number];

export interface LogOptions {
  readonly level: string;
  readonly limit: string;
}

const levels = ['debug', 'info', 'warn', 'error'] as const;
const levelSchema = z.enum(levels, `one of ${levels.join(', ')}`);
const restoreId = /^r-[0-9a-z-]{8,60}$/;
const taskId = /^t-[0-9a-z-]{8,60}$/;
/** An answer has at most so many lines. */
const largestAnswer = 1000;
/** A page may have no lines and not be the last. */
const mostPages = 200;

export async function log(cli: Cli, name: string, options: LogOptions): Promise<void> {
  const level = argument(levelSchema, options.level, '--level');
  const limit = argument(wholeNumber(1, 10_000), options.limit, '--limit');
  const api = await cli.api();
  const of = await meant(api, name, (text) => cli.out.warn(text));
  const found = await linesOf(api, { ...of, level }, limit);
  cli.out.result(found.items, () => textOf(cli.out, found));
  if (found.cut) cli.out.warn(`there are more than ${limit} lines: --limit shows more of them.`);
}

type Of = { readonly backup: string } | { readonly restore: string } | { readonly task: string };

/** By the form of its id; a backup by its label, too. */
async function meant(api: Api, name: string, note: (text: string) => void): Promise<Of> {
  if (restoreId.test(name)) return { restore: name };
  if (taskId.test(name)) return { task: name };
  return { backup: (await findBackup(api, name, note)).backupId };
}

type Found = Pick<Log, 'items' | 'groups' | 'from' | 'to'> & { readonly cut: boolean };

async function linesOf(
  api: Api,
  query: Of & { readonly level: (typeof levels)[number] },
  most: number,
): Promise<Found> {
  const items: Line[] = [];
  let cursor: string | undefined;
  for (let pages = 0; ; pages += 1) {
    const limit = Math.min(most - items.length, largestAnswer);
    const page = answer(
      await api.GET('/v1/log', { params: { query: { ...query, limit, ...(cursor && { cursor }) } } }),
    );
    items.push(...page.items);
    cursor = page.nextCursor;
    const { groups, from, to } = page;
    const isFull = items.length >= most || pages >= mostPages;
    if (cursor === undefined || isFull) return { items, groups, from, to, cut: cursor !== undefined };
  }
}

function textOf(out: Output, { items, groups, from, to }: Found): string {
  if (items.length > 0) return items.map((line) => lineText(out, line)).join('\n');
  return [
    `Nothing is logged from ${formatTime(from)} to ${formatTime(to)} (any more).`,
    `Looked through: ${groups.join(', ')}`,
  ].join('\n');
}

const tones: Readonly<Record<Line['level'], Tone | undefined>> = {
  debug: 'dim',
  info: undefined,
  warn: 'warn',
  error: 'bad',
};

function lineText(out: Output, { at, level, message, function: from, fields }: Line): string {
  const tone = tones[level];
  const word = level.toUpperCase().padEnd(5);
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  const time = at.replace('T', ' ').replace('Z', '');
  return `${time} ${tone ? out.paint(tone, word) : word} ${oneLine([from.padEnd(8), message, ...rest].join(' '))}`;
}

/** An error by what it says: its stack is in --json. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return value.includes(' ') ? JSON.stringify(value) : value;
  if (typeof value === 'object' && value !== null && 'stack' in value) {
    const said = Object.entries(value).filter(([name]) => name !== 'stack' && name !== 'cause');
    return JSON.stringify(Object.fromEntries(said));
  }
  return JSON.stringify(value);
}
