/**
 * `npm test`: lint, types, layering, then the tests, each with its time. With arguments: only vitest, with these
 * (`npm test -- test/unit`).
 */
import { spawn } from 'node:child_process';

const bin = (name: string) => `node_modules/.bin/${name}`;

const checks: readonly { name: string; command: string; args: readonly string[] }[] = [
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
      'functions',
      'infra',
      'cli',
      'local',
      'layers',
      'test',
      'bench',
    ],
  },
];

async function run(name: string, command: string, args: readonly string[]): Promise<boolean> {
  const began = performance.now();
  const code = await new Promise<number>((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    child.on('error', () => resolve(127));
    child.on('exit', (exit) => resolve(exit ?? 1));
  });
  console.log(
    `${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`,
  );
  return code === 0;
}

const only = process.argv.slice(2);
let ok = true;
if (only.length === 0)
  for (const check of checks) ok = (await run(check.name, check.command, check.args)) && ok;
ok = (await run('tests', bin('vitest'), ['run', ...only])) && ok;
process.exit(ok ? 0 : 1);
