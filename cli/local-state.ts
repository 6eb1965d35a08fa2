/** `--local`: where the local AWS of this clone is, as `npm start` wrote it down. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { roles } from '../core/control/actor.ts';
import { HoldfastError } from '../core/errors.ts';
import { parse } from '../core/parse.ts';

const localStateSchema = z.object({
  endpoint: z.url(),
  region: z.string().min(1),
  stackName: z.string().min(1),
  /** Variables that the SDK needs there, like credentials that mean nothing elsewhere. */
  env: z.record(z.string(), z.string()).default({}),
  /** Of its API, by path: the name that the stack says does not resolve everywhere. */
  apiUrl: z.url().optional(),
  /** Of the web console that runs beside it. */
  consoleUrl: z.url().optional(),
  /** Who may sign in there, by role: made up at its start, and worth nothing elsewhere. */
  users: z
    .partialRecord(z.enum(roles), z.object({ name: z.string().min(1), password: z.string().min(1) }))
    .optional(),
});
export type LocalState = z.infer<typeof localStateSchema>;

/** Throws STACK_NOT_FOUND when no local AWS is running. */
export async function readLocalState(root: string): Promise<LocalState> {
  const path = join(root, '.local', 'run', 'state.json');
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new HoldfastError('STACK_NOT_FOUND', `there is no local AWS: ${path} is missing`, {
      cause,
      next: 'Start it with `npm start`.',
    });
  });
  return parse(localStateSchema, JSON.parse(text), path);
}

/** What the AWS SDK finds its way by. Variables of another account must not shine through. */
export function localEnvironment({
  endpoint,
  region,
  env,
}: LocalState): Readonly<Record<string, string | undefined>> {
  return {
    AWS_PROFILE: undefined,
    AWS_SESSION_TOKEN: undefined,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    ...env,
  };
}
