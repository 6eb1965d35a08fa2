/**
 * `npm test`: lint, types and layering, meanwhile the tools and the console that the tests need, then the tests, each with its time.
 * With arguments: only vitest, with these (`npm test -- test/unit`).
 */
import { spawn } from 'node:child_process';
import { builtDashboard } from './build-dashboard.ts';
import { toolsAhead } from './tools-ahead.ts';

const bin = (name: string) => `node_modules/.bin/${name}`;

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** What it must say besides ending well: a tool that looked at nothing finds nothing. */
  readonly mustSay?: RegExp;
}

const checks: readonly Check[] = [
  { name: 'lint', command: bin('biome'), args: ['check', '--error-on-warnings'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
  { name: 'types of the console', command: bin('tsc'), args: ['--noEmit', '-p', 'dashboard'] },
  {
    name: 'layering',
    command: bin('depcruise'),
    args: [
      '--config',
      '.dependency-cruiser.cjs',
      'core',
      'adapters',
      'api',
      'functions',
      'infra',
      'cli',
      'dashboard',
      'local',
      'layers',
      'test',
      'bench',
    ],
    mustSay: /[1-9]\d\d modules/,
  },
];

/** Its output in one piece, since others run at the same time; of the tests as it comes. */
async function run(
  { name, command, args, mustSay }: Check,
  output: 'at-end' | 'as-it-comes',
): Promise<boolean> {
  const began = performance.now();
  const said: Buffer[] = [];
  const to = output === 'at-end' ? 'pipe' : 'inherit';
  const code = await new Promise<number>((resolve) => {
    const child = spawn(command, args, { stdio: ['inherit', to, to] });
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => said.push(chunk));
    child.on('error', () => resolve(127));
    child.on('close', (exit) => resolve(exit ?? 1));
  });
  const text = Buffer.concat(said).toString();
  process.stdout.write(text);
  const ok = code === 0 && (mustSay?.test(text) ?? true);
  tell(name, ok, began);
  return ok;
}

/** The tests would fetch them too, and say the same when they cannot: so that a failure here is not the end. */
async function fetchTools(): Promise<void> {
  const began = performance.now();
  const ok = await Promise.all([toolsAhead(), builtDashboard()]).then(
    () => true,
    (error: unknown) => console.error(error),
  );
  tell('tools', ok === true, began);
}

function tell(name: string, ok: boolean, began: number): void {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
}

const only = process.argv.slice(2);
let ok = true;
if (only.length === 0) {
  const [passed] = await Promise.all([
    Promise.all(checks.map((check) => run(check, 'at-end'))),
    // Meanwhile the network.
    fetchTools(),
  ]);
  ok = passed.every(Boolean);
}
const tests = { name: 'tests', command: bin('vitest'), args: ['run', ...only] };
ok = (await run(tests, 'as-it-comes')) && ok;
process.exit(ok ? 0 : 1);
