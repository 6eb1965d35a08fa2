/**
 * What `holdfast login` leaves on this machine: a file for each API, readable by its owner alone, below
 * $XDG_STATE_HOME/holdfast. It holds tokens and nothing that outlives them.
 */
import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';

const savedSchema = z.object({
  version: z.literal(1),
  api: z.url(),
  issuer: z.url(),
  clientId: z.string().min(1),
  /** `https://holdfast.auth.eu-central-1.amazoncognito.com`, where the issuer's own document does not name it. */
  signInDomain: z.url().optional(),
  accessToken: z.string().min(1),
  /** ISO 8601 UTC. */
  expiresAt: z.iso.datetime(),
  refreshToken: z.string().min(1).optional(),
  name: z.string(),
});
export type SavedSignIn = z.infer<typeof savedSchema>;

const currentSchema = z.object({ api: z.url() });

export interface SavedSignIns {
  /** Undefined when there is none, or it is not readable as one. */
  read(api: string): Promise<SavedSignIn | undefined>;
  write(saved: SavedSignIn): Promise<void>;
  /** False when there was none. */
  remove(api: string): Promise<boolean>;
  /** The API that somebody signed in to last. */
  current(): Promise<string | undefined>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** By the XDG rules: a relative path counts as none. */
export function stateFolder(env: Environment): string {
  const { XDG_STATE_HOME: chosen } = env;
  const base = chosen && isAbsolute(chosen) ? chosen : join(homedir(), '.local', 'state');
  return join(base, 'holdfast');
}

export function savedSignIns(folder: string): SavedSignIns {
  const fileOf = (api: string) =>
    join(folder, `sign-in-${createHash('sha256').update(api).digest('hex').slice(0, 16)}.json`);
  const currentFile = join(folder, 'current.json');
  const current = async () => (await parsed(currentFile, currentSchema))?.api;
  return {
    async read(api) {
      const saved = await parsed(fileOf(api), savedSchema);
      return saved?.api === api ? saved : undefined;
    },
    async write(saved) {
      await writePrivate(folder, fileOf(saved.api), saved);
      await writePrivate(folder, currentFile, { api: saved.api });
    },
    async remove(api) {
      const path = fileOf(api);
      const isThere = await stat(path).then(
        () => true,
        () => false,
      );
      await rm(path, { force: true });
      if ((await current()) === api) await rm(currentFile, { force: true });
      return isThere;
    },
    current,
  };
}

async function parsed<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | undefined> {
  try {
    const { mode } = await stat(path);
    // Somebody opened it to others: from now on it is closed again.
    if ((mode & 0o077) !== 0) await chmod(path, 0o600);
    return schema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Whole or not at all: two commands may renew at the same time. */
async function writePrivate(folder: string, path: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomUUID()}`;
  try {
    await writeFile(fresh, `${JSON.stringify(value)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(fresh, path);
  } catch (thrown) {
    await rm(fresh, { force: true });
    throw thrown;
  }
}
