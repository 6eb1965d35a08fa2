import { deployLocal } from '../../local/deploy.ts';
import { runningEmulator } from '../../local/emulator.ts';

const emulator = await runningEmulator(process.argv[2] ?? '/tmp/hf-infra/emu');
if (!emulator) throw new Error('none');
const mode = process.argv[4] ?? '';
const d = await deployLocal({
  emulator,
  workDir: `/tmp/hf-infra/work${mode}`,
  app: process.argv[5] ?? new URL('stand-in-app.ts', import.meta.url).pathname,
  options: JSON.parse(process.argv[3] ?? '{}'),
  auth: mode === 'auth',
  onProgress: console.log,
});
console.log(JSON.stringify(d));
