/**
 * A Chromium for the tests of the console: the machine's own where there is one, else one from the npm registry (MIT, made
 * to run without a desktop), fetched once into `.local/`. Bytes are pinned by their SHA-512.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { withLock } from '../layers/lock.mjs';
import { run } from '../layers/postgres/command.ts';
import { LOCAL_DIR } from '../layers/tools-dir.ts';

const pinned = {
  name: '@sparticuz/chromium',
  version: '153.0.0',
  file: 'sparticuz-chromium-153.0.0.tgz',
  sha512: 'jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==',
} as const;

const own = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge'];
const apps = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

export interface ChromiumProgram {
  readonly path: string;
  /** What it needs beside the environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** @throws Error that says what to install, where none can be fetched for this processor */
export async function chromiumProgram(
  onProgress: (line: string) => void = () => {},
): Promise<ChromiumProgram> {
  const { HOLDFAST_CHROMIUM: given } = process.env;
  const path = given ?? ownProgram();
  if (path !== undefined) return { path, env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'the tests of the console need Chromium or Chrome: install one, or name it by HOLDFAST_CHROMIUM',
    );
  }
  return fetched(onProgress);
}

function ownProgram(): string | undefined {
  const inPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((dir) => own.map((name) => join(dir, name)));
  return [...inPath, ...apps].find((path) => existsSync(path));
}

async function fetched(onProgress: (line: string) => void): Promise<ChromiumProgram> {
  const dir = join(LOCAL_DIR, `chromium-${pinned.version}`);
  const program: ChromiumProgram = {
    path: join(dir, 'chromium'),
    env: {
      LD_LIBRARY_PATH: join(dir, 'libraries', 'lib'),
      ...(!existsSync('/etc/fonts/fonts.conf') && { FONTCONFIG_FILE: join(dir, 'fonts.conf') }),
    },
  };
  const stamp = join(dir, '.holdfast');
  if (existsSync(stamp)) return program;
  await mkdir(LOCAL_DIR, { recursive: true });
  return withLock(
    join(LOCAL_DIR, 'chromium.lock'),
    async () => {
      if (existsSync(stamp)) return program;
      onProgress(`fetching Chromium ${pinned.version} (70 MB)`);
      await rm(dir, { recursive: true, force: true });
      await mkdir(dir, { recursive: true });
      await fetchInto(dir);
      await writeFile(stamp, pinned.version);
      return program;
    },
    { onWait: (pid) => onProgress(`waiting for process ${pid}, which fetches Chromium`) },
  );
}

const decompress = promisify(brotliDecompress);

async function fetchInto(dir: string): Promise<void> {
  const wanted = `${pinned.name}@${pinned.version}`;
  await run('npm', ['pack', wanted, '--silent', '--pack-destination', dir], { timeoutSeconds: 600 });
  const archive = join(dir, pinned.file);
  const found = createHash('sha512')
    .update(await readFile(archive))
    .digest('base64');
  if (found !== pinned.sha512) throw new Error(`${wanted} has the SHA-512 ${found}, not ${pinned.sha512}`);
  await run('tar', ['-xzf', archive, '-C', dir, 'package/bin'], { timeoutSeconds: 120 });
  const packed = (name: string) => join(dir, 'package', 'bin', name);
  const program = join(dir, 'chromium');
  await writeFile(program, await decompress(await readFile(packed('chromium.br'))));
  await chmod(program, 0o755);
  for (const [name, folder] of [
    ['al2023.tar.br', 'libraries'],
    ['fonts.tar.br', '.'],
  ] as const) {
    const tar = join(dir, `${folder === '.' ? 'fonts' : folder}.tar`);
    await mkdir(join(dir, folder), { recursive: true });
    await writeFile(tar, await decompress(await readFile(packed(name))));
    await run('tar', ['-xf', tar, '-C', join(dir, folder)], { timeoutSeconds: 60 });
    await rm(tar);
  }
  await writeFile(join(dir, 'fonts.conf'), fontsOf(join(dir, 'fonts')));
  await Promise.all([rm(archive), rm(join(dir, 'package'), { recursive: true })]);
}

/** Its own names a folder of its own machines. */
const fontsOf = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}</dir><cachedir>${folder}/cache</cachedir></fontconfig>
`;
