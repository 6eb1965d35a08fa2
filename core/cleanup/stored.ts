/**
 * A plan whose backups have all vanished at once has not lost them: the vault is another one, or its prefix is. Cleanup
 * decides nothing about such a plan and says so, since everything it would conclude from that listing is wrong.
 */
import { HoldfastError } from '../errors.ts';
import type { Run } from './context.ts';

const dayMs = 86_400_000;

/**
 * VAULT_UNAVAILABLE when nothing of the plan is listed although a backup of it completed more than a day ago and was
 * there when it was last looked at: those that went missing one after the other are known of.
 */
export async function requireStored(planId: string, { deps, now }: Run): Promise<void> {
  for await (const _ of deps.vault.folders(`plans/${planId}/`)) return;
  let cursor: string | undefined;
  do {
    const page = await deps.catalog.listBackups(planId, { status: 'completed', cursor });
    for (const { backupId, completedAt = now, missingSince } of page.rows) {
      if (missingSince !== undefined || Date.parse(completedAt) + dayMs > Date.parse(now)) continue;
      throw new HoldfastError(
        'VAULT_UNAVAILABLE',
        `${deps.vault.location} holds nothing of plan ${planId}, of which the catalog has completed backups (${backupId})`,
        {
          next: `See that the stack has the right bucket and prefix. If the backups are hidden, \`holdfast undelete BACKUP\` brings each back; until one is there, cleanup leaves the plan alone.`,
          details: { planId, backupId },
        },
      );
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
}
