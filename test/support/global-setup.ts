/** Builds what test files need once, before the workers start (local/tools-ahead.ts), and says where it is. */
import { toolsAhead } from '../../local/tools-ahead.ts';

export default async function setup(): Promise<void> {
  process.env.HOLDFAST_TOOLS_ROOT = await toolsAhead();
}
