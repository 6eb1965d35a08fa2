import { startEmulator } from '../../local/emulator.ts';
const e = await startEmulator({ stateDir: '/tmp/hf-infra/emu2', detached: true, auth: true, ssl: true, env: { HOLDFAST_LOCAL: '1' }, onProgress: console.log });
console.log(JSON.stringify(e.env), e.endpoint, e.pid);
