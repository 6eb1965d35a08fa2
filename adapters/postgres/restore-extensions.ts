/** Extensions on a target where the restoring role is no superuser: those that it may create, and why not the others. */
import type { ConnectionSettings } from './connection.ts';
import { withClient } from './database-client.ts';
import type { PostgresFacts } from './model.ts';
import { quoteIdentifier } from './names.ts';

/** insufficient_privilege; everything else is a failure of the restore. */
const notAllowed = '42501';

export async function tryExtensions(
  settings: ConnectionSettings,
  database: string,
  names: readonly string[],
  facts: PostgresFacts,
): Promise<ReadonlyMap<string, string>> {
  const schemas = new Map(facts.extensions.map((extension) => [extension.name, extension.schema]));
  const missing = new Map<string, string>();
  await withClient(settings, database, async (client) => {
    for (const name of names) {
      const schema = schemas.get(name);
      const where =
        schema === undefined || name === 'plpgsql' ? '' : ` WITH SCHEMA ${quoteIdentifier(schema)}`;
      try {
        await client.query(`CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)}${where}`);
      } catch (thrown) {
        if ((thrown as { code?: string }).code !== notAllowed) throw thrown;
        missing.set(name, `the restoring role may not create it (${(thrown as Error).message})`);
      }
    }
  });
  return missing;
}
