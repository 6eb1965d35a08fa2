/** Builds what every test file needs once, before the workers start: the PostgreSQL programs. */
import { postgresToolsRoot } from '../../local/tools.ts';

export default async function setup(): Promise<void> {
  process.env.HOLDFAST_TOOLS_ROOT = await postgresToolsRoot();
}
