/** What is left out of bundles that must be small is not missed: in sealing, and in telling what a service refused. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { lambdaStarter } from '../../adapters/lambda/starter.ts';
import { openBytes } from '../../core/format/open.ts';
import type { sealBytes } from '../../core/format/seal.ts';
import { bundleFunction } from '../../infra/bundle.ts';
import { context, pattern } from '../unit/format/support.ts';
import { loadTestKeys } from '../vectors/load.ts';

interface Parts {
  readonly seal: () => Promise<{ readonly sealBytes: typeof sealBytes }>;
  readonly start: () => Promise<{ readonly lambdaStarter: typeof lambdaStarter }>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'holdfast-lean-'));
let parts: Parts;
let server: Server;
let answers: { status: number; type: string }[] = [];

beforeAll(async () => {
  // Loaded later, as the API loads them, in a function of that name: it is bundled as the API is.
  const entry = (name: string, file: string) => `export const ${name} = () => import('${root}${file}');`;
  const text = [entry('seal', 'core/format/seal.ts'), entry('start', 'adapters/lambda/starter.ts')];
  writeFileSync(join(dir, 'api.ts'), text.join('\n'));
  const options = { functionsDir: dir, outDir: join(dir, 'out'), cacheDir: join(dir, 'kept') };
  const folder = await bundleFunction('api', options);
  parts = (await import(pathToFileURL(join(folder, 'index.mjs')).href)) as Parts;
  server = createServer((request, response) => {
    request.resume();
    const { status, type } = answers.shift() ?? { status: 202, type: '' };
    response.writeHead(status, { 'x-amzn-errortype': type }).end(status === 202 ? '' : '{"Message":"no"}');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  rmSync(dir, { recursive: true, force: true });
});

it('seals what the library opens, over several frames', async () => {
  const keys = loadTestKeys();
  const { sealBytes } = await parts.seal();
  const plain = pattern(1_500_000);
  const sealed = await sealBytes(plain, keys.recipients.slice(0, 2), context);
  const expected = { lengthBytes: sealed.length, sha256: createHash('sha256').update(sealed).digest('hex') };
  const opened = await openBytes(sealed, keys.wrapping.slice(0, 1), context, expected);
  expect(Buffer.from(opened).equals(Buffer.from(plain))).toBe(true);
});

it('tells a function that is not there from one that may not be called, and repeats what was throttled', async () => {
  const { lambdaStarter } = await parts.start();
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const starter = lambdaStarter({ functions: { verify: 'f-verify' } });
  const codeOf = async (...given: typeof answers) => {
    answers = given;
    return starter.start('verify', {}).then(
      () => 'started',
      (thrown: { code?: string }) => thrown.code,
    );
  };
  expect(await codeOf({ status: 404, type: 'ResourceNotFoundException' })).toBe('STACK_NOT_FOUND');
  expect(await codeOf({ status: 403, type: 'AccessDeniedException' })).toBe('ACCESS_DENIED');
  expect(await codeOf({ status: 429, type: 'TooManyRequestsException' }, { status: 202, type: '' })).toBe(
    'started',
  );
  expect(answers).toEqual([]);
});

it('leaves no file of an earlier bundle in its folder', async () => {
  const out = join(dir, 'out');
  const before = readdirSync(join(out, 'api')).sort();
  writeFileSync(join(out, 'api', 'chunk-OLD.mjs'), '');
  await bundleFunction('api', { functionsDir: dir, outDir: out, cacheDir: join(dir, 'kept') });
  expect(readdirSync(join(out, 'api')).sort()).toEqual(before);
});
