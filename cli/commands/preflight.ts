/**
 * `holdfast restore … --preflight`: has the restore function look whether that restore could be done, and shows what it
 * found. Nothing is restored. Exit code 0 when nothing would be refused, that of a conflict when something would.
 */
import type { z } from 'zod';
import { preflightResultSchema } from '../../api/schemas/preflight.ts';
import { parse } from '../../core/parse.ts';
import { type Api, answer } from '../api/client.ts';
import type { Cli } from '../context.ts';
import { exitCodes } from '../failure.ts';
import type { Output, Tone } from '../output.ts';
import type { restoreWish } from '../restore-order.ts';
import { inFlagWords } from '../restore-words.ts';
import { printable, renderTable } from '../table.ts';
import { awaitTask } from '../task-run.ts';
import { formatBytes } from '../units.ts';

type PreflightResult = z.output<typeof preflightResultSchema>;
type PreflightCheck = PreflightResult['checks'][number];

export async function preflight(
  cli: Cli,
  api: Api,
  backupId: string,
  wish: ReturnType<typeof restoreWish>,
  wait: boolean,
): Promise<number> {
  const params = { path: { backupId } };
  const task = answer(await api.POST('/v1/backups/{backupId}/preflight', { params, body: wish }));
  if (!wait) {
    const { taskId, correlationId } = task;
    cli.out.result(
      { taskId, backupId, status: 'started', correlationId },
      () => `Started. See what comes of it with \`holdfast runs show ${taskId}\`.`,
    );
    return 0;
  }
  const { result } = await awaitTask(cli, api, task, `looking whether ${backupId} can be restored`);
  const found = parse(preflightResultSchema, result, 'result of the look');
  cli.out.result({ backupId, ...found }, () => shown(cli.out, found));
  return found.ok ? 0 : exitCodes.conflict;
}

const words: Readonly<Record<PreflightCheck['state'], readonly [string, Tone]>> = {
  ok: ['ok', 'good'],
  warning: ['warning', 'warn'],
  unknown: ['not known', 'warn'],
  failed: ['WRONG', 'bad'],
};

function shown(out: Output, { ok, target, needsBytes, checks }: PreflightResult): string {
  const table = renderTable(
    checks,
    [
      { title: 'CHECK', value: ({ title }) => title },
      {
        title: 'RESULT',
        value: ({ state }) => words[state][0],
        paint: (cell, { state }) => out.paint(words[state][1], cell),
      },
      { title: 'DETAIL', value: ({ detail }) => detail, flexible: true },
    ],
    out.terminal.widthColumns,
  );
  const mending = checks
    .filter(({ state, next }) => state !== 'ok' && next !== undefined)
    .map(({ title, detail, next }) => `${title}: ${detail}\n  Next step: ${inFlagWords(next ?? '')}`);
  const room = needsBytes === undefined ? '' : `, and would take about ${formatBytes(needsBytes)} there`;
  const end = ok
    ? 'Nothing would be refused; nothing was written.'
    : 'As it is, the restore would be refused or fail; nothing was written.';
  return [
    `It would go to ${printable(target)}${room}.`,
    table,
    ...mending.map((line) => printable(line)),
    end,
  ].join('\n\n');
}
