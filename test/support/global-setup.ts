/** Builds what test files need once, before the workers start: the PostgreSQL programs, and MongoDB's where it can. */
import { mongodProgram } from '../../local/mongo/mongod.ts';
import { mongoBinDir } from '../../local/mongo/tools.ts';
import { postgresToolsRoot } from '../../local/tools.ts';

export default async function setup(): Promise<void> {
  const onProgress = (line: string) => console.warn(line);
  await Promise.all([mongoBinDir({ onProgress }), mongodProgram({ onProgress })]);
  process.env.HOLDFAST_TOOLS_ROOT = await postgresToolsRoot();
}
