/**
 * `npm test`: lint, types, layering, then the tests, each with its time. With arguments: only vitest, with these
 * (`npm test -- test/unit`).
 */
import { spawn } from 'node:child_process';

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
      'local',
      'layers',
      'test',
      'bench',
    ],
    mustSay: /[1-9]\d\d modules/,
  },
];

async function run({ name, command, args, mustSay }: Check): Promise<boolean> {
  const began = performance.now();
  let said = '';
  const code = await new Promise<number>((resolve) => {
    const child = spawn(command, args, { stdio: ['inherit', mustSay ? 'pipe' : 'inherit', 'inherit'] });
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
      process.stdout.write(chunk);
    });
    child.on('error', () => resolve(127));
    child.on('close', (exit) => resolve(exit ?? 1));
  });
  const ok = code === 0 && (mustSay?.test(said) ?? true);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  return ok;
}

const only = process.argv.slice(2);
let ok = true;
if (only.length === 0) for (const check of checks) ok = (await run(check)) && ok;
ok = (await run({ name: 'tests', command: bin('vitest'), args: ['run', ...only] })) && ok;
process.exit(ok ? 0 : 1);
