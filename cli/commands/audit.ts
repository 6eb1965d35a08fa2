/** `holdfast audit list` and `export`: who did what, as the API shows it. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { components } from '../../api/schema.ts';
import { HoldfastError } from '../../core/errors.ts';
import { type Api, answer } from '../api/client.ts';
import { listOf } from '../api/pages.ts';
import type { Cli } from '../context.ts';
import { instant } from '../instant.ts';
import { argument, wholeNumber } from '../lookup.ts';
import type { Tone } from '../output.ts';
import { renderTable } from '../table.ts';
import { counted, formatTime } from '../units.ts';

type Entry = components['schemas']['AuditEntry'];

export interface AuditFilterOptions {
  readonly from?: string;
  readonly to?: string;
  readonly by?: string;
  readonly action?: string;
  readonly target?: string;
  readonly result?: string;
  readonly via?: string;
}

const results = z.enum(['ok', 'refused', 'failed', 'unknown'], 'one of ok, refused, failed, unknown');
const ways = z.enum(['api', 'cli', 'schedule'], 'one of api, cli, schedule');

function filterOf({ from, to, by, action, target, result, via }: AuditFilterOptions, now: Date) {
  return {
    ...(from !== undefined && { from: instant(from, '--from', now) }),
    ...(to !== undefined && { to: instant(to, '--to', now) }),
    ...(by !== undefined && { by }),
    ...(action !== undefined && { action }),
    ...(target !== undefined && { target }),
    ...(result !== undefined && { result: argument(results, result, '--result') }),
    ...(via !== undefined && { via: argument(ways, via, '--via') }),
  };
}

export async function auditList(
  cli: Cli,
  options: AuditFilterOptions & { readonly limit: string },
): Promise<void> {
  const limit = argument(wholeNumber(1, 1000), options.limit, '--limit');
  const filter = filterOf(options, cli.clock.now());
  const api = await cli.api();
  const rows = await listOf(
    async (paging) => answer(await api.GET('/v1/audit', { params: { query: { ...filter, ...paging } } })),
    limit,
  );
  cli.out.result(rows, () =>
    rows.length === 0
      ? 'No entries.'
      : renderTable(
          rows,
          [
            { title: 'AT', value: ({ at }) => formatTime(at) },
            { title: 'WHO', value: ({ by }) => by, flexible: true },
            { title: 'VIA', value: ({ via }) => via ?? '-' },
            { title: 'ACTION', value: ({ action }) => action },
            { title: 'TARGET', value: ({ target }) => target, flexible: true },
            {
              title: 'RESULT',
              value: ({ result, error }) => (error ? `${result}: ${error.code}` : (result ?? 'unknown')),
              paint: (cell, row) => cli.out.paint(toneOf(row), cell),
            },
            ...(rows.some(({ detail }) => detail !== '')
              ? [{ title: 'DETAIL', value: ({ detail }: Entry) => detail, flexible: true as const }]
              : []),
          ],
          cli.out.terminal.widthColumns,
        ),
  );
}

function toneOf({ result }: Entry): Tone {
  if (result === 'failed') return 'bad';
  return result === 'ok' ? 'good' : 'warn';
}

/** A year of a busy stack; a longer trail is exported in parts (--from, --to). */
const mostCalls = 1000;

export async function auditExport(
  cli: Cli,
  options: AuditFilterOptions & { readonly out?: string },
): Promise<void> {
  const filter = filterOf(options, cli.clock.now());
  const api = await cli.api();
  const counts = { entries: 0 };
  const lines = exported(api, filter, counts);
  if (options.out === undefined) {
    for await (const text of lines) cli.out.terminal.stdout.write(text);
    return;
  }
  const { out } = options;
  try {
    await pipeline(lines, createWriteStream(out, { flags: 'wx', mode: 0o600 }));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    throw new HoldfastError('INVALID_INPUT', `${out} exists`, { next: 'Name a file that does not exist.' });
  }
  const { entries } = counts;
  cli.out.result(
    { file: out, entries },
    () => `Wrote ${counted(entries, 'entry').replace(/entrys$/, 'entries')} to ${out}.`,
  );
}

async function* exported(
  api: Api,
  filter: ReturnType<typeof filterOf>,
  counts: { entries: number },
): AsyncGenerator<string> {
  let cursor: string | undefined;
  for (let calls = 0; calls < mostCalls; calls += 1) {
    const query = { ...filter, ...(cursor !== undefined && { cursor }) };
    const result = await api.GET('/v1/audit/export', { params: { query }, parseAs: 'text' });
    const text = answer(result);
    counts.entries += text.split('\n').length - 1;
    if (text !== '') yield text;
    cursor = result.response.headers.get('x-next-cursor') ?? undefined;
    if (cursor === undefined) return;
  }
  throw new HoldfastError('INVALID_INPUT', 'the trail of that time is too long for one export', {
    next: 'Export it in parts: --from and --to.',
  });
}
