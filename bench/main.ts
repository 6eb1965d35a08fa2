/**
 * `npm run bench`: Holdfast against the raw tools, all sides in one run, alternating, medians. Options: `--json` (one
 * object on the last line), `--only api|api-list|postgres|mongo|files|million|cleanup`, `--gigabytes 2`, `--rounds 3`,
 * `--parallelism 2`, `--objects 1000000`, `--memory` (PostgreSQL: peak memory for 1 and 8 GB too, which
 * takes some minutes more). `million` runs only when it is asked for.
 */
import { parseArgs } from 'node:util';
import { postgresBinDir } from '../local/tools.ts';
import { benchApi } from './api.ts';
import { benchApiList } from './api-list.ts';
import { benchCleanup } from './cleanup.ts';
import { benchFiles } from './files.ts';
import { benchFilesMillion } from './files-million.ts';
import { benchMongo } from './mongo.ts';
import { benchPostgres } from './postgres.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    memory: { type: 'boolean', default: false },
    gigabytes: { type: 'string', default: '2' },
    objects: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    parallelism: { type: 'string', default: '2' },
    only: { type: 'string' },
  },
});
const gigabytes = Number(options.gigabytes);
const rounds = Number(options.rounds);
const parallelism = Number(options.parallelism);
const say = (text: string) => (options.json ? console.error(text) : console.log(text));

const parts: Readonly<Record<string, () => Promise<object>>> = {
  api: () => benchApi(say),
  'api-list': () => benchApiList(say),
  cleanup: () => benchCleanup(say),
  files: async () => benchFiles(say, { bytes: gigabytes * 1e9, rounds, bin: await postgresBinDir() }),
  million: () => benchFilesMillion(say, Number(options.objects)),
  mongo: () => benchMongo(say, { rounds, parallelism }),
  postgres: () => benchPostgres(say, { gigabytes, rounds, parallelism, memoryToo: options.memory }),
};
const { only } = options;
if (only !== undefined && !(only in parts)) {
  throw new Error(`--only ${only}: it may be ${Object.keys(parts).join(', ')}`);
}

const result: Record<string, unknown> = { gigabytes, parallelism, rounds };
for (const [name, run] of Object.entries(parts)) {
  // A million objects take a quarter of an hour: only when they are asked for.
  if (only === undefined ? name === 'million' : only !== name) continue;
  say(`\n${name}`);
  Object.assign(result, await run());
}
if (options.json) console.log(JSON.stringify(result));
else console.table(figuresOf(result));
process.exit(0);

/** The single numbers of a result; lists and raw runs are for --json. */
function figuresOf(all: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => typeof value === 'number'));
}
