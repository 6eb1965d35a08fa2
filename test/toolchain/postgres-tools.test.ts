/** The PostgreSQL programs: they run from anywhere, bring everything along, and the layer is laid out for /opt. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unprivilegedIdentity } from '../../adapters/postgres/run-as.ts';
import { mirrorsIn } from '../../layers/postgres/apt.ts';
import { buildPostgresTools } from '../../layers/postgres/build.ts';
import { isElf, neededLibraries } from '../../layers/postgres/elf.ts';
import { toolsDir } from '../../layers/tools-dir.ts';
import { zipDirectory } from '../../layers/zip.ts';
import { postgresLayerZip, postgresToolsRoot } from '../../local/tools.ts';

const run = promisify(execFile);
const BIN = 'lib/postgresql/18/bin';
/** The first build on a machine fetches packages. */
const BUILD_TIMEOUT_MS = 300_000;

describe('the PostgreSQL programs', () => {
  let root: string;
  beforeAll(async () => {
    root = await postgresToolsRoot();
  }, BUILD_TIMEOUT_MS);

  it('hold everything that the pipeline, a drill and a developer start', () => {
    const wanted =
      'postgres initdb pg_ctl pg_dump pg_restore pg_dumpall psql vacuumdb createdb bzip2 locale'.split(' ');
    expect(readdirSync(join(root, BIN))).toEqual(expect.arrayContaining(wanted));
  });

  it('can be read by the user whom the server runs as', () => {
    const answer = spawnSync(join(root, BIN, 'postgres'), ['--version'], {
      ...unprivilegedIdentity(),
      cwd: '/',
      encoding: 'utf8',
    });
    expect(answer.stdout).toMatch(/^postgres \(PostgreSQL\) 18\./);
  });

  it('bring every library along that anything in them asks for', () => {
    const present = new Set(readdirSync(join(root, 'syslib')));
    const missing = ['syslib', 'lib/postgresql/18/libexec', 'lib/postgresql/18/lib'].flatMap((dir) =>
      readdirSync(join(root, dir)).flatMap((name) => {
        const bytes = readFileSync(join(root, dir, name));
        return isElf(bytes) ? neededLibraries(bytes).filter((library) => !present.has(library)) : [];
      }),
    );
    expect(missing).toEqual([]);
    expect(present).toContain('libzstd.so.1');
  });

  it('say what they are made of, and under which licences', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'manifest.json'), 'utf8'));
    expect(manifest.packages['postgresql-18']).toContain(manifest.postgresVersion);
    expect(Object.keys(manifest.licenses)).toContain('postgresql-18');
    expect(existsSync(join(root, 'share/licenses/postgresql-18'))).toBe(true);
  });

  it('are taken from the last build when nothing has changed', async () => {
    const lines: string[] = [];
    const started = performance.now();
    const again = await buildPostgresTools({
      arch: process.arch === 'arm64' ? 'arm64' : 'x86_64',
      outDir: await toolsDir(),
      onProgress: (line) => lines.push(line),
    });
    expect(again.dir).toBe(root);
    expect(lines.filter((line) => !line.startsWith('warning'))).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('a tree that was moved', () => {
  let parent: string;
  let bin: string;
  beforeAll(async () => {
    parent = mkdtempSync(join(tmpdir(), 'holdfast moved '));
    execFileSync('chmod', ['755', parent]);
    cpSync(await postgresToolsRoot(), join(parent, 'tree'), { recursive: true });
    bin = join(parent, 'tree', BIN);
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(parent, { recursive: true, force: true }));

  it('runs with nothing but its own libraries, whatever the host sets', async () => {
    const env = { PATH: '/usr/bin:/bin', LD_LIBRARY_PATH: '/nowhere', LOCPATH: '/nowhere' };
    const { stdout } = await run(join(bin, 'pg_dump'), ['--version'], { env });
    expect(stdout).toMatch(/^pg_dump \(PostgreSQL\) 18\./);
  });

  it('runs through a symbolic link and by a relative path', async () => {
    symlinkSync(join(bin, 'psql'), join(parent, 'psql'));
    expect((await run(join(parent, 'psql'), ['--version'])).stdout).toMatch(/^psql \(PostgreSQL\) 18\./);
    expect((await run(`./${BIN}/psql`, ['--version'], { cwd: join(parent, 'tree') })).stdout).toMatch(
      / 18\./,
    );
  });

  it('makes a server with its own zone files and locales', async () => {
    const identity = unprivilegedIdentity();
    const data = join(parent, 'data');
    execFileSync('mkdir', [data]);
    if (identity) execFileSync('chown', [`${identity.uid}:${identity.gid}`, data]);
    const options = { ...identity, cwd: data, encoding: 'utf8' as const };
    const init = spawnSync(
      join(bin, 'initdb'),
      ['-D', data, '-A', 'trust', '-N', '--locale=en_US.UTF-8'],
      options,
    );
    expect(init.stderr).toBe('');
    expect(init.status).toBe(0);
    const sql = [
      "set timezone = 'US/Pacific'",
      "copy (select 'zones ' || (count(*) > 500) from pg_timezone_names) to stdout",
      "copy (select 'locale ' || collname from pg_collation where collname in ('C.utf8', 'en_US.utf8')) to stdout",
      'create extension vector',
    ];
    const single = spawnSync(join(bin, 'postgres'), ['--single', '-j', '-D', data, 'postgres'], {
      ...options,
      input: sql.map((line) => `${line};\n\n`).join(''),
    });
    expect(single.stderr).not.toMatch(/ERROR|FATAL/);
    // Single-user mode prints what is copied to standard output as plain lines.
    expect(single.stdout).toContain('zones t');
    expect(single.stdout).toContain('locale C.utf8');
    expect(single.stdout).toContain('locale en_US.utf8');
  });
});

describe('the Lambda layer', () => {
  let zip: string;
  let unpacked: string;
  beforeAll(async () => {
    zip = await postgresLayerZip(process.arch === 'arm64' ? 'arm64' : 'x86_64');
    unpacked = mkdtempSync(join(tmpdir(), 'holdfast-layer-'));
    execFileSync('python3', ['-m', 'zipfile', '-e', zip, unpacked]);
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(unpacked, { recursive: true, force: true }));

  it('keeps out of lib/, where Lambda would load its C library into Node', () => {
    expect(readdirSync(unpacked).sort()).toEqual(['lib', 'manifest.json', 'share', 'syslib']);
    expect(readdirSync(join(unpacked, 'lib'))).toEqual(['postgresql']);
  });

  it('reads zone files from /opt, in the server and in initdb', () => {
    for (const program of ['postgres', 'initdb']) {
      const bytes = readFileSync(join(unpacked, 'lib/postgresql/18/libexec', program));
      expect(bytes.includes('/opt/share/zoneinfo\0')).toBe(true);
      expect(bytes.includes('/usr/share/zoneinfo\0')).toBe(false);
    }
    expect(existsSync(join(unpacked, 'share/zoneinfo/Europe/Berlin'))).toBe(true);
    expect(existsSync(join(unpacked, 'share/zoneinfo/localtime'))).toBe(false);
  });

  it('marks programs, wrappers and the loader as executable, and nothing as a link', () => {
    const script =
      'import sys,zipfile,json; print(json.dumps({i.filename: i.external_attr >> 16 for i in zipfile.ZipFile(sys.argv[1]).infolist()}))';
    const modes: Record<string, number> = JSON.parse(
      execFileSync('python3', ['-c', script, zip], { encoding: 'utf8' }),
    );
    for (const [name, mode] of Object.entries(modes)) {
      const runs = /\/(bin|libexec)\/|^syslib\//.test(name);
      expect(`${name} ${mode.toString(8)}`).toBe(`${name} ${runs ? '100755' : '100644'}`);
    }
    expect(modes['lib/postgresql/18/bin/pg_dump']).toBeDefined();
  });

  it('leaves room for the functions in what Lambda allows', async () => {
    const tools = await buildPostgresTools({
      arch: process.arch === 'arm64' ? 'arm64' : 'x86_64',
      forLambda: true,
      outDir: await toolsDir(),
    });
    expect(tools.manifest.unpackedBytes).toBeLessThan(120 * 1024 * 1024);
    expect(tools.manifest.zippedBytes).toBeLessThan(50 * 1024 * 1024);
  });
});

describe('a zip', () => {
  it('is the same for the same files, and refuses links', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'holdfast-zip-'));
    try {
      for (const at of ['a', 'b']) {
        execFileSync('sh', [
          '-c',
          `mkdir -p "$1/${at}/x" && echo hello > "$1/${at}/x/y" && chmod 755 "$1/${at}/x/y"`,
          'sh',
          dir,
        ]);
        await zipDirectory(join(dir, at), join(dir, `${at}.zip`));
      }
      expect(readFileSync(join(dir, 'a.zip')).equals(readFileSync(join(dir, 'b.zip')))).toBe(true);
      symlinkSync('x', join(dir, 'a', 'link'));
      await expect(zipDirectory(join(dir, 'a'), join(dir, 'c.zip'))).rejects.toThrow(/symbolic link/);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('the mirror', () => {
  it('is taken from both formats of apt, without security and third parties', () => {
    const sources = [
      '# deb http://comment.example/debian forky main',
      'deb [signed-by=/k] http://one.example/debian stable main',
      'deb http://one.example/debian-security stable-security main',
      'deb http://third.example/apt any main',
      'Types: deb',
      'URIs: http://two.example/debian/',
      'URIs: mirror+file:/etc/apt/mirrors/debian.list',
    ].join('\n');
    expect(mirrorsIn(sources)).toEqual([
      'http://one.example/debian',
      'http://two.example/debian/',
      'mirror+file:/etc/apt/mirrors/debian.list',
    ]);
  });
});
