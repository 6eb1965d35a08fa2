/**
 * A program that takes --port, --dbpath and --bind_ip: `mongod` from PATH, else a launcher of mongo-java-server, which
 * Maven brings and whose jars are checked against pinned hashes. For tests and the local run.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { artefact } from '../../layers/artefact.ts';
import { run } from '../../layers/postgres/command.ts';
import { inOneLine, onPath } from './found.ts';
import { standIn } from './pins.ts';
import type { MongoOptions } from './tools.ts';

export interface Mongod {
  readonly path: string;
  /** False: the server in Java, which keeps less than a real one does (docs/mongodb.md). */
  readonly real: boolean;
}

const source = join(dirname(fileURLToPath(import.meta.url)), 'MongoStandIn.java');
const mavenTimeoutSeconds = 240;

/** @returns undefined where neither is to be had; `onProgress` gets the reason */
export async function mongodProgram(options: MongoOptions = {}): Promise<Mongod | undefined> {
  const own = onPath('mongod');
  if (own !== undefined) return { path: own, real: true };
  const say = options.onProgress ?? (() => {});
  const missing = ['java', 'javac', 'mvn'].filter((name) => onPath(name) === undefined);
  if (missing.length > 0) {
    say(
      `no MongoDB server: no mongod on PATH, and for the one in Java ${missing.join(', ')} is missing (JDK 17, Maven)`,
    );
    return undefined;
  }
  try {
    const code = await readFile(source, 'utf8');
    const dir = await artefact('mongo-stand-in', [standIn, code, launcher, pom()], (target) =>
      build(target, say),
    );
    return { path: join(dir, 'mongod'), real: false };
  } catch (error) {
    say(`no MongoDB server: ${inOneLine(error)}`);
    return undefined;
  }
}

async function build(dir: string, say: (line: string) => void): Promise<void> {
  const { artifact, version, mavenPlugin } = standIn;
  say(`fetching ${artifact} ${version} with Maven`);
  const jars = join(dir, 'lib');
  await writeFile(join(dir, 'pom.xml'), pom());
  await run(
    'mvn',
    [
      ...['-B', '-q', '-f', join(dir, 'pom.xml'), `${mavenPlugin}:copy-dependencies`],
      ...[`-DoutputDirectory=${jars}`, '-DincludeScope=runtime'],
    ],
    { cwd: dir, timeoutSeconds: mavenTimeoutSeconds },
  );
  await checkJars(jars);
  const classes = join(dir, 'classes');
  await mkdir(classes);
  await run('javac', ['-encoding', 'UTF-8', '-cp', `${jars}/*`, '-d', classes, source], {
    timeoutSeconds: 120,
  });
  await writeFile(join(dir, 'mongod'), launcher);
  await chmod(join(dir, 'mongod'), 0o755);
  await chmod(dir, 0o755);
}

async function checkJars(dir: string): Promise<void> {
  const pinned = new Map<string, string>(Object.entries(standIn.jars));
  const found = (await readdir(dir)).sort();
  if (found.join() !== [...pinned.keys()].sort().join()) {
    throw new Error(`Maven brought other jars than those that are pinned: ${found.join(', ')}`);
  }
  for (const name of found) {
    const sha256 = createHash('sha256')
      .update(await readFile(join(dir, name)))
      .digest('hex');
    if (sha256 !== pinned.get(name))
      throw new Error(`${name}: SHA-256 is ${sha256}, not the pinned ${pinned.get(name)}`);
  }
}

function pom(): string {
  const { group, artifact, version } = standIn;
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>holdfast</groupId>
  <artifactId>mongo-stand-in</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>${group}</groupId>
      <artifactId>${artifact}</artifactId>
      <version>${version}</version>
    </dependency>
  </dependencies>
</project>
`;
}

/** A server for seconds: the first compiler and the simplest collector start fastest. Bounded, since several may run. */
const launcher = `#!/bin/sh
here=$(dirname "$0")
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto -Xmx768m \\
  -cp "$here/classes:$here/lib/*" MongoStandIn "$@"
`;
