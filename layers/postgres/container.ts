/**
 * Runs the builder in a Debian container, for hosts whose apt is not Debian's. Same code, same Node, same
 * result; the engine only lends its apt.
 */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { available, run } from './command.ts';

const IMAGE = process.env.HOLDFAST_DEBIAN_IMAGE ?? 'debian:stable-slim';

export interface ContainerRequest {
  readonly arch: string;
  readonly outDir: string;
  readonly forLambda?: boolean;
  readonly refresh?: boolean;
  readonly onProgress?: (line: string) => void;
}

/** @throws Error with the ways out, when no engine answers */
export async function buildInContainer(request: ContainerRequest): Promise<void> {
  const engine = await runningEngine();
  if (!engine) {
    throw new Error(
      'The PostgreSQL programs are made from Debian packages, and this host has neither Debian’s apt nor a running ' +
        'container engine. Start docker or podman; or, where apt is there (Ubuntu), install the package ' +
        'debian-archive-keyring and set HOLDFAST_DEBIAN_MIRROR to a Debian mirror.',
    );
  }
  const repository = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
  request.onProgress?.(`building the PostgreSQL programs in a container (${engine}, ${IMAGE})`);
  const identity =
    process.getuid && process.getgid ? ['--user', `${process.getuid()}:${process.getgid()}`] : [];
  await run(
    engine,
    [
      'run',
      '--rm',
      ...identity,
      ...['-v', `${repository}/layers:/src/layers:ro`],
      ...['-v', `${repository}/local:/src/local:ro`],
      ...['-v', `${process.execPath}:/node:ro`],
      ...['-v', `${resolve(request.outDir)}:/out`],
      ...(process.env.HOLDFAST_DEBIAN_MIRROR ? ['-e', 'HOLDFAST_DEBIAN_MIRROR'] : []),
      ...[IMAGE, '/node', '/src/layers/postgres/build.ts', '--out', '/out', '--arch', request.arch],
      ...(request.forLambda ? ['--lambda'] : []),
      ...(request.refresh ? ['--refresh'] : []),
    ],
    { timeoutSeconds: 1800 },
  );
}

/** The first engine that is installed and answers: an installed client without its daemon is of no use. */
async function runningEngine(): Promise<string | undefined> {
  for (const engine of ['docker', 'podman']) {
    if (await available(engine, ['info'])) return engine;
  }
  return undefined;
}
