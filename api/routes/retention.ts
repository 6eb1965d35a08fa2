/** What a policy would keep of the backups that there are. */
import { z } from 'zod';
import { previewRetention } from '../../core/control/retention.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { type Retention, retentionSchema } from '../../core/plan.ts';
import { route } from '../route.ts';
import { timeSchema } from '../schemas/common.ts';

/** Read and decided while somebody waits. */
const mostRows = 10_000;
/** Shown one by one; the counts have all that were read. */
const mostLines = 1_000;

const { shape } = retentionSchema;
const number = (name: keyof typeof shape) => shape[name].unwrap().optional();
const changeSchema = z.strictObject({
  hourly: number('hourly'),
  daily: number('daily'),
  weekly: number('weekly'),
  monthly: number('monthly'),
  yearly: number('yearly'),
  manualDays: number('manualDays'),
  days: number('days'),
});

const tierSchema = z.enum(['hourly', 'daily', 'weekly', 'monthly', 'yearly', 'manual']);
const counts = { kept: z.int(), keptBytes: z.int(), expired: z.int(), expiredBytes: z.int() };

const previewSchema = z
  .object({
    planId: z.string(),
    policy: z.object(shape).optional().meta({ description: 'What was tried.' }),
    lines: z
      .array(
        z.object({
          backupId: z.string(),
          slot: timeSchema,
          tier: tierSchema,
          storedBytes: z.int().optional(),
          expiresNow: timeSchema.optional().meta({ description: 'By the policy as it is.' }),
          expiresThen: timeSchema.optional().meta({ description: 'By the one that is tried.' }),
          verdict: z.enum(['keep', 'expire']),
          why: z.string(),
        }),
      )
      .meta({ description: 'Completed backups, the newest first, at most 1,000.' }),
    linesLeft: z.int().meta({ description: 'Counted, but not on the list.' }),
    totals: z.object(counts),
    tiers: z.array(z.object({ tier: tierSchema, ...counts })),
    whole: z.boolean().meta({ description: 'False: only the newest 10,000 runs were looked at.' }),
  })
  .meta({ id: 'RetentionPreview' });

const preview = route(
  {
    name: 'POST /v1/retention/preview',
    operationId: 'previewRetention',
    tag: 'retention',
    summary: 'What a policy would keep of a plan’s backups',
    description: 'Decided as cleanup decides it. Changes nothing.',
    body: z
      .strictObject({
        plan: planIdSchema,
        retention: changeSchema
          .default({})
          .meta({ description: 'Numbers to try; the others are as the plan has them.' }),
      })
      .meta({ id: 'RetentionQuestion' }),
    response: previewSchema,
    changesNothing: true,
    costly: true,
    examples: { body: { plan: 'shop', retention: { daily: 14, weekly: 8 } } },
  },
  async ({ input, deps }) => {
    const { plan: planId, retention } = input.body;
    const given = Object.entries(retention).filter(([, value]) => value !== undefined);
    const change: Partial<Retention> = Object.fromEntries(given);
    const { lines, ...found } = await previewRetention(deps, { planId, change, mostRows });
    return {
      ...found,
      lines: lines.slice(0, mostLines),
      linesLeft: found.totals.kept + found.totals.expired - Math.min(lines.length, mostLines),
    };
  },
);

export const retentionRoutes = [preview];
