/**
 * `npm run -s schemathesis`: Schemathesis makes requests out of the OpenAPI document, good ones and bad ones, and
 * holds each answer against the document: no 5xx, no status, type, header or body that is not described, no bad request
 * that is taken, no call without a sign-in that is answered. As each role, over an API that is served here.
 *
 * Exit code 0: nothing was found. `HOLDFAST_SCHEMATHESIS_SEED` repeats a run, `HOLDFAST_SCHEMATHESIS_EXAMPLES` makes
 * more (or fewer) requests of each route.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '../../adapters/log/quiet.ts';
import { openapiDocument } from '../../api/openapi.ts';
import { routes } from '../../api/routes/all.ts';
import type { Role } from '../../core/control/actor.ts';
import { LOCAL_DIR } from '../../layers/tools-dir.ts';
import { pythonWith } from '../../local/python.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { startIssuer } from '../support/api-world.ts';
import { serve } from './serve.ts';
import { type Names, seededWorld } from './world.ts';

const requirement = 'schemathesis==4.32.5';
const seed = numberFrom('HOLDFAST_SCHEMATHESIS_SEED', 6);
const examples = numberFrom('HOLDFAST_SCHEMATHESIS_EXAMPLES', 40);
/** Should a run hang, it ends so. */
const mostSeconds = 600;
/** What an administrator may, everybody below may less of: those runs are about being refused in order. */
const runs: readonly { readonly role: Role; readonly phases: string; readonly share: number }[] = [
  { role: 'admin', phases: 'examples,coverage,fuzzing,stateful', share: 1 },
  { role: 'operator', phases: 'examples,fuzzing,stateful', share: 0.5 },
  { role: 'viewer', phases: 'examples,fuzzing', share: 0.5 },
];

/** What is not a defect, and why. */
const checks = `
# A request may be of its schema and still make no sense: \`sort\` without \`plan\`, a cron with a 32nd day, options that
# the kind of a source does not take. It is refused as 400, with the field: that is in the document as well.
[checks.positive_data_acceptance]
enabled = false

# Refusals that tell more than 400: a plan that changed meanwhile, a body that is too large or no JSON.
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 415, 428]

# At this path a plan called "test" can be read, changed and deleted as well: \`Allow\` says so.
[[operations]]
include-path = "/v1/plans/test"
[operations.checks.allow_header_conformance]
enabled = false
`;

function numberFrom(name: string, standard: number): number {
  const value = Number(process.env[name] ?? standard);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`${name} is ${JSON.stringify(process.env[name])}: a whole number above 0`);
}

/** Half of the requests are about something that is there; the others make names up. JSON's strings are TOML's, too. */
function settings(names: Names): string {
  const dictionaries = Object.entries(names).map(
    ([name, values]) => `[dictionaries.${name}]\nvalues = ${JSON.stringify(values)}\n`,
  );
  const bound = (key: string, name: string) =>
    `${JSON.stringify(key)} = { dictionary = ${JSON.stringify(name)}, probability = 0.6 }`;
  const parameters = Object.keys(names).map((name) => bound(name, name));
  const fields = [bound('body.plan', 'plan'), bound('body.restorePoint', 'restorePoint')];
  return `${dictionaries.join('\n')}\n[parameters]\n${[...parameters, ...fields].join('\n')}\n${checks}`;
}

async function runAs({ role, phases, share }: (typeof runs)[number], python: string): Promise<boolean> {
  const issuer = await startIssuer();
  const world = await seededWorld(issuer);
  const served = await serve(world.api);
  try {
    const folder = join(LOCAL_DIR, 'schemathesis-runs', role);
    await mkdir(folder, { recursive: true });
    const document = join(folder, 'openapi.json');
    await writeFile(document, JSON.stringify(openapiDocument(routes, packageJson.version)));
    await writeFile(join(folder, 'schemathesis.toml'), settings(world.names));
    const hour = Math.floor(Date.now() / 1000) + 3600;
    const code = await schemathesis(python, folder, [
      ...['run', document, '--url', served.url, '--phases', phases],
      ...['--header', `Authorization: Bearer ${await world.tokenOf(role, { exp: hour })}`],
      ...['--seed', String(seed), '--max-examples', String(Math.ceil(examples * share))],
      ...['--generation-database', 'none', '--no-color', '--continue-on-failure', '--max-failures', '50'],
      ...['--suppress-health-check', 'all', '--request-timeout', '10'],
    ]);
    for (const error of served.broken) console.error('not answered:', error);
    for (const { message, fields } of world.log.lines.filter(({ level }) => level === 'error').slice(0, 20)) {
      console.error('logged:', message, fields);
    }
    const idle = role === 'admin' ? neverDone(world.log.lines) : [];
    if (idle.length > 0)
      console.error(`never answered with success, so that nothing is known of: ${idle.join(', ')}`);
    return code === 0 && served.broken.length === 0 && idle.length === 0;
  } finally {
    await served.close();
    await issuer.close();
  }
}

/** Succeeds only with the revision that was read, of the plan in the path and in the body: chance has no way there. */
const beyondChance = ['PUT /v1/plans/{planId}'];

/** Routes that only refused: a run that never got past the door would find nothing. */
function neverDone(lines: readonly LogLine[]): readonly string[] {
  const done = lines
    .filter(({ message, fields }) => message === 'call' && Number(fields.status) < 300)
    .map(({ fields }) => `${fields.method} ${fields.path}`);
  return routes
    .map(({ name }) => name)
    .filter((name) => {
      if (beyondChance.includes(name)) return false;
      const pattern = new RegExp(`^${name.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      return !done.some((each) => pattern.test(each));
    });
}

function schemathesis(python: string, cwd: string, args: readonly string[]): Promise<number> {
  return new Promise((done, refuse) => {
    const child = spawn(python, ['-m', 'schemathesis.cli', ...args], {
      cwd,
      stdio: ['ignore', 'inherit', 'inherit'],
      timeout: mostSeconds * 1000,
      killSignal: 'SIGKILL',
    });
    child.once('error', refuse);
    child.once('close', (code) => done(code ?? 1));
  });
}

const what = `installing ${requirement}, about 20 s`;
const python = await pythonWith({ folder: 'schemathesis', requirement, what }, (line) => console.error(line));
const wanted = process.argv.slice(2);
let ok = true;
for (const run of runs.filter(({ role }) => wanted.length === 0 || wanted.includes(role))) {
  const began = performance.now();
  const isClean = await runAs(run, python);
  console.log(
    `${isClean ? 'ok  ' : 'FAIL'} as ${run.role} (${((performance.now() - began) / 1000).toFixed(0)} s)`,
  );
  ok &&= isClean;
}
process.exit(ok ? 0 : 1);
