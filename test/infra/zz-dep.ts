import { deployLocal } from '../../local/deploy.ts';
import { runningEmulator } from '../../local/emulator.ts';

const emulator = await runningEmulator(process.argv[2] ?? '/tmp/hf-infra/emu');
const d = await deployLocal({
  emulator: emulator!,
  workDir: '/tmp/hf-infra/work' + (process.argv[4] ?? ''),
  app: process.argv[5] ?? new URL('stand-in-app.ts', import.meta.url).pathname,
  options: JSON.parse(process.argv[3] ?? '{}'),
  auth: process.argv[4] === 'auth',
  onProgress: console.log,
});
console.log(d);
