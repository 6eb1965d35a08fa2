/** Alerts as the API shows them. */
import { z } from 'zod';
import { type AlertKind, alertTitles } from '../../core/alerts.ts';
import type { AlertRow } from '../../core/ports/catalog.ts';
import { rowErrorSchema, timeSchema } from './common.ts';

export const alertSchema = z
  .object({
    alertId: z.string().meta({ description: 'For paths.' }),
    conditionId: z
      .string()
      .meta({ description: 'What is wrong, and with what.', example: 'backup-missed/nightly' }),
    kind: z.string(),
    title: z.string().meta({ example: 'Backup missed' }),
    severity: z.enum(['critical', 'warning']),
    planId: z.string().optional(),
    backupId: z.string().optional(),
    subject: z.string(),
    text: z.string().meta({ description: 'What failed, why, and the next step.' }),
    since: timeSchema,
    lastToldAt: timeSchema,
    timesTold: z.int().min(0),
    closedAt: timeSchema.optional().meta({ description: 'When it was well again.' }),
    acknowledged: z.object({ at: timeSchema, by: z.string() }).optional(),
    deliveries: z
      .record(z.string(), z.object({ at: timeSchema, error: rowErrorSchema.optional() }))
      .optional()
      .meta({ description: 'What became of telling it, by channel.' }),
  })
  .meta({ id: 'Alert', description: 'Something that is or was wrong, and that people were told of.' });

/** A condition's id has slashes, which gateways treat each in their own way; in paths it goes as base64url. */
export const alertIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{4,2000}$/, 'the alertId of an alert')
  .transform((id) => Buffer.from(id, 'base64url').toString('utf8'))
  // As long as a key of the catalog may be, which what is no UTF-8 would outgrow.
  .refine((id) => Buffer.byteLength(id) <= 1_000, 'the alertId of an alert');

export function alertJson(row: AlertRow) {
  return {
    ...row,
    alertId: Buffer.from(row.conditionId).toString('base64url'),
    title: alertTitles[row.kind as AlertKind] ?? row.kind,
  };
}
