/**
 * Starts and stops the local AWS (MiniStack) on a port of its own.
 *
 * Promises: what is started answers when the call returns, or the call fails with the end of its log; stopping
 * ends it and every function it runs; an attached one does not outlive the process that started it, however that
 * one ends. Nothing of the host's AWS settings reaches it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../adapters/loopback.ts';
import { processStart } from '../layers/lock.mjs';
import { toolsDir } from '../layers/tools-dir.ts';
import { mongoBinDir } from './mongo/tools.ts';
import { emulatorPython } from './python.ts';
import { makeCertificates } from './self-signed.ts';
import { postgresToolsRoot } from './tools.ts';

export interface EmulatorOptions {
  /** Where its data, log and process file are kept. Data of an earlier run is removed. */
  readonly stateDir: string;
  /** Added to its environment, which the functions inherit. */
  readonly env?: Readonly<Record<string, string>>;
  /** Enforce IAM policies. Default false. */
  readonly auth?: boolean;
  /** Serve HTTPS only, with a throw-away certificate. Default false. */
  readonly ssl?: boolean;
  /** Outlive this process; end it with {@link stopEmulator}. Default false. */
  readonly detached?: boolean;
  readonly onProgress?: (line: string) => void;
}

export interface Emulator {
  readonly port: number;
  readonly endpoint: string;
  readonly pid: number;
  /** What a process needs to talk to it: endpoint, credentials, region, and with `ssl` whom to trust. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Ends it and its functions. Calling it again does nothing. */
  stop(): Promise<void>;
}

interface ProcessFile {
  readonly pid: number;
  /** Tells it from another process that got the same id later. */
  readonly startedAt: string;
  readonly port: number;
  readonly endpoint: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Normally ready in under a second; a loaded machine takes longer. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 5_000;
const PORT_ATTEMPTS = 5;
const LOG_TAIL_LINES = 20;

/**
 * Three things that it gets wrong, mended as it starts. Its gateway asks itself for the keys of its user pools over plain
 * HTTP, which nobody answers where it serves HTTPS: they are read where they are kept. And its IAM takes every schedule
 * to be in the group "default", so that rights on a group of one's own would count for nothing. And an API without CORS
 * of its own answers what browsers ask beforehand with 403, where AWS looks for a route.
 */
const MENDED = `
import json
from ministack.core import iam_actions
from ministack.services import apigateway, cognito
fetch_keys = apigateway._fetch_jwks
async def own_keys(url):
    here = f'http://{apigateway._HOST}:{apigateway._PORT}/'
    if not url.startswith(here): return await fetch_keys(url)
    return json.loads(cognito.well_known_jwks(url[len(here):].split('/')[0])[2])
apigateway._fetch_jwks = own_keys
arn_of = iam_actions.extract_resource_arn
def arn_in_group(service, method, path, headers, body, query_params, *rest, **more):
    arn = arn_of(service, method, path, headers, body, query_params, *rest, **more)
    if service != 'scheduler' or ':schedule/default/' not in arn: return arn
    group = (query_params or {}).get('groupName')
    if isinstance(group, list): group = group[0]
    if not group and body: group = json.loads(body).get('GroupName')
    return arn.replace(':schedule/default/', f':schedule/{group or "default"}/')
iam_actions.extract_resource_arn = arn_in_group
match_route, execute = apigateway._match_route, apigateway._handle_execute_in_scope
apigateway._match_route = lambda api_id, method, path: match_route(api_id, method.upper(), path)
async def options_by_route(api_id, stage, path, method, *rest, **more):
    has_cors = (apigateway._apis.get(api_id) or {}).get('corsConfiguration')
    if method == 'OPTIONS' and not has_cors: method = 'options'
    return await execute(api_id, stage, path, method, *rest, **more)
apigateway._handle_execute_in_scope = options_by_route
`;

/**
 * Ends the whole process group when the pipe on standard input closes, which the kernel does even if the process
 * at its other end is killed.
 */
const ATTACHED_MAIN = `${MENDED}
import os, signal, sys, threading
def watch(fd=os.dup(0)):
    while os.read(fd, 1): pass
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=watch, daemon=True).start()
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
from ministack.app import main
sys.argv = ['ministack']
main()
`;
const DETACHED_MAIN = `${MENDED}
import sys
from ministack.app import main
sys.argv = ['ministack']
main()
`;

/**
 * @throws Error with the end of its log when it does not become ready, or when one already runs in `stateDir`
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const stateDir = resolve(options.stateDir);
  const running = await runningEmulator(stateDir);
  if (running) {
    throw new Error(
      `A local AWS already runs in ${stateDir} (process ${running.pid}, port ${running.port}). Stop it first.`,
    );
  }
  const [python, toolsRoot, mongoBin] = await Promise.all([
    emulatorPython(options.onProgress),
    options.env?.HOLDFAST_TOOLS_ROOT ?? postgresToolsRoot({ onProgress: options.onProgress }),
    options.env?.MONGO_TOOLS_BIN ??
      process.env.MONGO_TOOLS_BIN ??
      mongoBinDir({ onProgress: options.onProgress }),
  ]);
  const dirs = {
    s3: join(stateDir, 's3'),
    state: join(stateDir, 'state'),
    tmp: await functionsDir(stateDir),
  };
  for (const dir of Object.values(dirs)) {
    // The rest of its state is in memory: objects without their tables would be half a memory.
    await rm(dir, { recursive: true, force: true });
    await mkdir(dir, { recursive: true });
  }
  // The functions' files lie below: the nearest package.json tells Node what `.js` is, and must not be that of a
  // project around it.
  await writeFile(join(dirs.tmp, 'package.json'), '{}');
  const tls = options.ssl ? await makeCertificates(join(stateDir, 'tls')) : undefined;
  const logFile = join(stateDir, 'emulator.log');
  const trust: Record<string, string> = tls ? { NODE_EXTRA_CA_CERTS: tls.ca, AWS_CA_BUNDLE: tls.ca } : {};
  const settings = {
    GATEWAY_PORT: '0',
    BIND_HOST: '127.0.0.1',
    LOG_LEVEL: 'WARNING',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    S3_DATA_DIR: dirs.s3,
    S3_PERSIST: '1',
    STATE_DIR: dirs.state,
    TMPDIR: dirs.tmp,
    ...(options.auth ? { AUTH: 'true' } : {}),
    ...(tls ? { USE_SSL: '1', MINISTACK_SSL_CERT: tls.cert, MINISTACK_SSL_KEY: tls.key } : {}),
  };

  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const endpoint = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
    const log = openSync(logFile, 'w', 0o600);
    const child = spawn(python, ['-c', options.detached ? DETACHED_MAIN : ATTACHED_MAIN], {
      cwd: stateDir,
      // A group of its own, so that its functions can be ended with it.
      detached: true,
      stdio: [options.detached ? 'ignore' : 'pipe', log, log],
      env: {
        ...hostEnv(),
        ...credentials,
        ...settings,
        ...trust,
        GATEWAY_PORT: String(port),
        HOLDFAST_TOOLS_ROOT: toolsRoot,
        ...(mongoBin === undefined ? {} : { MONGO_TOOLS_BIN: mongoBin }),
        ...options.env,
      },
    });
    closeSync(log);
    const failure = await ready(child, endpoint, tls?.ca);
    if (failure === undefined && child.pid !== undefined) {
      const env = { AWS_ENDPOINT_URL: endpoint, AWS_ENDPOINT_URL_S3: endpoint, ...credentials, ...trust };
      const file = { pid: child.pid, startedAt: processStart(child.pid), port, endpoint, env };
      await writeFile(processFile(stateDir), JSON.stringify(file), { mode: 0o600 });
      child.unref();
      if (child.stdin && 'unref' in child.stdin) (child.stdin as unknown as { unref(): void }).unref();
      return handle(stateDir, file);
    }
    if (child.pid !== undefined) await endGroup(child.pid);
    const tail = tailOf(logFile);
    if (attempt < PORT_ATTEMPTS && /already in use|address in use/i.test(tail)) continue;
    throw new Error(`The local AWS did not start: ${failure}. The end of ${logFile}:\n${tail}`);
  }
}

/**
 * Where functions and their scratch files live. As root the scratch server of a drill runs as another user, who must
 * get there although the checkout may be closed to others.
 */
async function functionsDir(stateDir: string): Promise<string> {
  if (process.getuid?.() !== 0) return join(stateDir, 'tmp');
  const name = createHash('sha256').update(stateDir).digest('hex').slice(0, 12);
  return join(await toolsDir(), '..', `functions-${name}`);
}

/** The emulator that runs in `stateDir`, whoever started it; undefined when none does. */
export async function runningEmulator(stateDir: string): Promise<Emulator | undefined> {
  const file = await readProcessFile(resolve(stateDir));
  return file ? handle(resolve(stateDir), file) : undefined;
}

/**
 * Stops the emulator that was started with this `stateDir`, from whichever process.
 *
 * @returns whether there was one
 */
export async function stopEmulator(stateDir: string): Promise<boolean> {
  const file = await readProcessFile(resolve(stateDir));
  if (file) await endGroup(file.pid);
  await rm(processFile(resolve(stateDir)), { force: true });
  return file !== undefined;
}

function handle(stateDir: string, { pid, port, endpoint, env, startedAt }: ProcessFile): Emulator {
  return {
    port,
    endpoint,
    pid,
    env,
    logFile: join(stateDir, 'emulator.log'),
    async stop() {
      if (processStart(pid) === startedAt) await endGroup(pid);
      const current = await readProcessFile(stateDir);
      if (current && current.pid !== pid) return;
      await rm(processFile(stateDir), { force: true });
      // They are of no use without it, and outside of the folder that its owner would remove.
      await rm(await functionsDir(stateDir), { recursive: true, force: true });
    },
  };
}

const credentials = {
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

/** The host's environment without what would lead functions elsewhere or change how Node starts. */
function hostEnv(): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(AWS_|NODE_|VITEST|LD_|FORCE_COLOR$|GATEWAY_PORT$|EDGE_PORT$|USE_SSL$|AUTH$|PERSIST_STATE$)/.test(
        name,
      ),
  );
  const path = `${dirname(nodeProgram())}:${process.env.PATH ?? '/usr/bin:/bin'}`;
  return { ...(Object.fromEntries(kept) as Record<string, string>), PATH: path };
}

/** Functions run on the Node that Lambda has: the one that runs this. */
function nodeProgram(): string {
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  throw new Error(
    `The local AWS must be started by Node 24; this is ${process.version}. Use npm start or npm test.`,
  );
}

/** @returns undefined when it answers, or why it will not */
async function ready(
  child: ChildProcess,
  endpoint: string,
  ca: string | undefined,
): Promise<string | undefined> {
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = `it ended with ${signal ?? `exit code ${code}`}`;
  });
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (ended) return ended;
    if (await isHealthy(`${endpoint}/_ministack/health`, ca)) return undefined;
    await sleep(50);
  }
  return `it did not answer within ${READY_TIMEOUT_MS / 1000} s`;
}

function isHealthy(url: string, ca: string | undefined): Promise<boolean> {
  return new Promise((done) => {
    const options = { timeout: 2000, agent: false as const };
    const request = ca ? httpsRequest(url, { ...options, ca: readFileSync(ca) }) : httpRequest(url, options);
    request.on('response', (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => done(false));
    request.end();
  });
}

async function endGroup(pid: number): Promise<void> {
  signalGroup(pid, 'SIGTERM');
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  while (groupLives(pid) && Date.now() < deadline) await sleep(25);
  signalGroup(pid, 'SIGKILL');
  const killed = Date.now() + STOP_TIMEOUT_MS;
  while (groupLives(pid) && Date.now() < killed) await sleep(25);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whether anything in the group still runs. Zombies do not: a container's first process may never collect them. */
function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  return readdirSync('/proc').some((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return Number(processGroup) === group && state !== 'Z' && state !== 'X';
    } catch {
      return false;
    }
  });
}

function processFile(stateDir: string): string {
  return join(stateDir, 'emulator.json');
}

async function readProcessFile(stateDir: string): Promise<ProcessFile | undefined> {
  try {
    const file: ProcessFile = JSON.parse(await readFile(processFile(stateDir), 'utf8'));
    return processStart(file.pid) === file.startedAt && file.startedAt !== '' ? file : undefined;
  } catch {
    // None was started here, or its file was cut short before it was ready.
    return undefined;
  }
}

function tailOf(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-LOG_TAIL_LINES).join('\n');
}
