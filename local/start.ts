/**
 * `npm start`: sets everything up on this machine and shows the main job on the local AWS: a schedule fires a backup,
 * the backup is proven by restoring it, a restore brings it back, and a broken plan raises an alert.
 *
 * `--once` stops everything afterwards; `--json` ends with one JSON object; `--database URL` takes a database of the
 * user's own, which is only read. Exit code 0 only when everything held.
 */
import { parseArgs } from 'node:util';
import { type JourneyResult, journey } from './journey.ts';
import { Steps } from './steps.ts';
import { stopEverything } from './stop-everything.ts';

const { values: options } = parseArgs({
  options: {
    once: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    database: { type: 'string' },
  },
});

const steps = new Steps();
let result: JourneyResult | undefined;
let failure: unknown;
try {
  result = await journey(steps, { database: options.database, once: options.once });
} catch (error) {
  failure = error;
}
if (options.once || failure !== undefined) await stopEverything();
report(steps, result);
if (options.json) console.log(JSON.stringify({ ok: steps.ok, steps: steps.results }));
process.exit(steps.ok ? 0 : 1);

function report(ran: Steps, end: JourneyResult | undefined): void {
  const width = Math.max(...ran.results.map((step) => step.name.length), 4);
  console.log('\n');
  for (const step of ran.results) {
    const bytes = step.bytes === undefined ? '' : `${(step.bytes / 1e6).toFixed(1)} MB`;
    const moved = ['backup', 'verify', 'restore'].includes(step.name);
    const rate =
      step.bytes === undefined || !moved ? '' : `${(step.bytes / 1e6 / step.seconds).toFixed(1)} MB/s`;
    const rows = step.rows === undefined ? '' : `${step.rows.toLocaleString('en')} rows`;
    console.log(
      [
        step.ok ? '✓' : '✗',
        step.name.padEnd(width),
        `${step.seconds.toFixed(1)} s`.padStart(8),
        bytes.padStart(10),
        rate.padStart(11),
        rows.padStart(16),
      ].join(' '),
    );
  }
  if (!ran.ok) {
    console.log('\nSomething did not hold; everything was stopped. The lines above say what.');
    return;
  }
  for (const line of end?.where ?? []) console.log(line);
  if (options.once) {
    console.log('\nEverything held, and everything was stopped.');
    return;
  }
  console.log(`
Everything runs on: try

  bin/holdfast --local open
  bin/holdfast --local list
  bin/holdfast --local show ${end?.backupId ?? 'BACKUP_ID'}
  bin/holdfast --local verify ${end?.backupId ?? 'BACKUP_ID'} --report
  bin/holdfast --local backup ${end?.planId ?? 'sample'}
  bin/holdfast --local doctor
  bin/holdfast --local login --as operator
  npm stop`);
}
