/**
 * What the API itself takes: its bundle in a process of its own, as Lambda runs it. Cold is from the start of loading
 * the bundle to the first answer, with a token verified; warm is the function's own processor time a call, over 1,000
 * calls. DynamoDB and the issuer are stand-ins in the parent process, which answer at once and whose time is not the
 * function's: what is left is parsing, verifying, the catalog's own code and the SDK.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marshall } from '@aws-sdk/util-dynamodb';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { timelineColumns } from '../adapters/dynamodb/table.ts';
import { bundleFunction } from '../infra/bundle.ts';
import { anItem } from './api-list.ts';

const coldRounds = 5;
const warmCalls = 1_000;
/** Backups on the page that is listed. */
const entries = 50;
const rowsOfItems = 1_000;

export interface ApiFigures {
  /** Of all its files, and of the one that it begins with. */
  readonly apiBundleBytes: number;
  readonly apiEntryBytes: number;
  /** Median of 5 fresh processes, milliseconds: elapsed, and of the processor. */
  readonly apiColdMs: number;
  readonly apiColdCpuMs: number;
  /** 99th percentile of the processor time of one list of 50 backups, milliseconds; and of the elapsed time. */
  readonly apiWarmP99Ms: number;
  readonly apiWarmElapsedP99Ms: number;
}

export async function benchApi(say: (text: string) => void): Promise<ApiFigures> {
  const outDir = await mkdtemp(join(tmpdir(), 'holdfast-bench-api-'));
  const server = await standIns();
  try {
    const folder = await bundleFunction('api', { outDir });
    const bundle = join(folder, 'index.mjs');
    const apiBundleBytes = await bytesIn(folder);
    const apiEntryBytes = (await stat(bundle)).size;
    const run = (calls: number) => worker(bundle, server, calls);
    const cold = [];
    for (let round = 0; round < coldRounds; round += 1) cold.push(await run(0));
    const warm = await run(warmCalls);
    const figures = {
      apiBundleBytes,
      apiEntryBytes,
      apiColdMs: median(cold.map(({ coldMs }) => coldMs)),
      apiColdCpuMs: median(cold.map(({ coldCpuMs }) => coldCpuMs)),
      apiWarmP99Ms: warm.cpuP99Ms,
      apiWarmElapsedP99Ms: warm.elapsedP99Ms,
    };
    say(
      `  bundle ${(apiBundleBytes / 1e6).toFixed(2)} MB, cold ${figures.apiColdMs} ms (${figures.apiColdCpuMs} of the processor), ` +
        `warm p99 ${figures.apiWarmP99Ms} ms of its own (${figures.apiWarmElapsedP99Ms} elapsed)`,
    );
    return figures;
  } finally {
    server.close();
    await rm(outDir, { recursive: true, force: true });
  }
}

interface StandIns {
  readonly url: string;
  readonly token: string;
  close(): void;
}

interface WorkerReply {
  readonly coldMs: number;
  readonly coldCpuMs: number;
  readonly cpuP99Ms: number;
  readonly elapsedP99Ms: number;
}

/** An issuer, and a table with one page of backups. */
async function standIns(): Promise<StandIns> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256' }] });
  const page = JSON.stringify({
    Items: Array.from({ length: entries }, (_, i) => listedItem(i)),
    Count: entries,
  });
  const server = createServer(async (request, response) => {
    await drained(request);
    if (request.url === '/keys') response.setHeader('content-type', 'application/json').end(keys);
    else response.setHeader('content-type', 'application/x-amz-json-1.0').end(page);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = await new SignJWT({
    token_use: 'access',
    client_id: 'bench',
    'cognito:groups': ['holdfast-admin'],
  })
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(url)
    .setSubject('bench')
    .setExpirationTime('1h')
    .sign(privateKey);
  return { url, token, close: () => server.close() };
}

async function drained(request: IncomingMessage): Promise<void> {
  for await (const _chunk of request);
}

/** As the index of the list has one. */
function listedItem(index: number) {
  const item = anItem(rowsOfItems - 1 - index, rowsOfItems);
  const columns = ['pk', 'sk', 'timeline', 'timelineAt', ...timelineColumns];
  return marshall(Object.fromEntries(columns.flatMap((name) => (name in item ? [[name, item[name]]] : []))));
}

async function bytesIn(folder: string): Promise<number> {
  const files = await readdir(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function worker(bundle: string, { url, token }: StandIns, calls: number): Promise<WorkerReply> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('api-worker.mjs', import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env.PATH,
      BENCH_BUNDLE: bundle,
      BENCH_TOKEN: token,
      BENCH_CALLS: String(calls),
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_ENDPOINT_URL_DYNAMODB: url,
      POWERTOOLS_LOG_LEVEL: 'CRITICAL',
      HOLDFAST_LOCAL: 'no-iam',
      HOLDFAST_VAULT_BUCKET: 'bench',
      HOLDFAST_TABLE: 'bench',
      HOLDFAST_TOPIC_ARN: 'bench',
      HOLDFAST_ISSUER: url,
      HOLDFAST_JWKS_URL: `${url}/keys`,
      HOLDFAST_CLIENT_IDS: '["bench"]',
    },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise((done) => child.once('close', done));
  if (code !== 0) throw new Error(`the process with the bundle ended with ${code}`);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as WorkerReply;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
