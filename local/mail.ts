/**
 * Catches the mail of the local AWS: each message becomes a file that any mail program opens. A process of its own, so
 * that it lives as long as the local AWS and not as long as the start that began it.
 *
 *     node local/mail.ts FOLDER      prints its port as soon as it listens
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SMTPServer } from 'smtp-server';
import { processStart } from '../layers/lock.mjs';
import { LOCAL_DIR } from '../layers/tools-dir.ts';

export const mailDir = join(LOCAL_DIR, 'mail');
const processFile = join(LOCAL_DIR, 'run', 'mail.json');

interface Catcher {
  readonly pid: number;
  /** Tells it from another process that got the same id later. */
  readonly startedAt: string;
}

const startsWithinMs = 20_000;
const mostBytes = 10_000_000;

/** Starts it anew and returns `127.0.0.1:<port>`. */
export async function startMailCatcher(): Promise<string> {
  await stopMailCatcher();
  await rm(mailDir, { recursive: true, force: true });
  await mkdir(mailDir, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [import.meta.filename, mailDir], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const port = await new Promise<string>((done, refuse) => {
    const late = () => refuse(new Error(`the mail catcher did not start within ${startsWithinMs} ms`));
    const timer = setTimeout(late, startsWithinMs);
    child.once('error', refuse);
    child.once('exit', (code) => refuse(new Error(`the mail catcher ended with ${code}`)));
    child.stdout.once('data', (line: Buffer) => {
      clearTimeout(timer);
      done(line.toString().trim());
    });
  });
  const { pid = 0 } = child;
  const caught: Catcher = { pid, startedAt: processStart(pid) };
  await mkdir(join(LOCAL_DIR, 'run'), { recursive: true });
  await writeFile(processFile, JSON.stringify(caught), { mode: 0o600 });
  child.stdout.destroy();
  child.unref();
  return `127.0.0.1:${port}`;
}

/** @returns whether there was one */
export async function stopMailCatcher(): Promise<boolean> {
  const caught = await readFile(processFile, 'utf8').then(
    (text) => JSON.parse(text) as Catcher,
    () => undefined,
  );
  await rm(processFile, { force: true });
  if (caught === undefined || processStart(caught.pid) !== caught.startedAt || caught.startedAt === '')
    return false;
  process.kill(caught.pid, 'SIGTERM');
  return true;
}

function serve(dir: string): void {
  let count = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    size: mostBytes,
    onData: (stream, { envelope }, done) => {
      count += 1;
      const to = envelope.rcptTo.map(({ address }) => address.replaceAll(/[^\w.@-]/g, '_')).join(',');
      const name = `${String(count).padStart(4, '0')}-${to.slice(0, 100)}.eml`;
      pipeline(stream, createWriteStream(join(dir, name), { mode: 0o600 })).then(
        () => done(),
        (thrown: Error) => done(thrown),
      );
    },
  });
  server.listen(0, '127.0.0.1', () => console.log((server.server.address() as AddressInfo).port));
}

if (import.meta.main) serve(process.argv[2] ?? mailDir);
