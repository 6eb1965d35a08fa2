/** What a backup holds, and what was proven about it: asked for, and as the result of the task shows it. */
import { z } from 'zod';
import { contentsQuestion, reportQuestion } from '../../core/events.ts';
import { reportSchema } from '../../core/report.ts';
import { timeSchema } from './common.ts';

const { component, prefix, after, limit } = contentsQuestion.shape;

export const contentsBodySchema = z
  .strictObject({
    component: component.meta({ description: 'Only this one of its components.' }),
    prefix: prefix.meta({ description: 'Only what has a name that begins so.' }),
    after: after.meta({ description: '`nextAfter` of the page before.' }),
    limit,
  })
  .meta({ id: 'ContentsRequest' });

export const reportBodySchema = z
  .strictObject({
    key: reportQuestion.shape.key.meta({
      description: 'One of `reports` of the backup. Default: the newest.',
    }),
  })
  .meta({ id: 'ReportRequest' });

const heldItemSchema = z
  .object({
    component: z.string(),
    name: z.string().meta({
      description: 'As a restore of it alone is asked for: `public.orders`, `shop.orders`, a path.',
    }),
    type: z.string().meta({
      description:
        '`table`, `foreign-table`, `view`, `materialized-view`, `sequence`; `collection`, `timeseries`; `file`, `folder`, `link`, `skipped`.',
    }),
    rows: z.int().optional().meta({ description: 'Rows, or documents.' }),
    bytes: z.int().optional().meta({ description: 'At the source.' }),
    checksum: z.string().optional(),
    modifiedAt: timeSchema.optional(),
  })
  .meta({ id: 'HeldItem' });

/** Result of a task of the kind `contents`. */
export const contentsSchema = z
  .object({
    components: z.array(
      z.object({
        name: z.string(),
        source: z.string(),
        kind: z.string(),
        title: z.string(),
        segments: z.int(),
        plainBytes: z.int(),
        sourceBytes: z.int().optional(),
        items: z.int().optional().meta({ description: 'How many things it holds that have a name here.' }),
      }),
    ),
    componentsLeft: z
      .int()
      .optional()
      .meta({ description: 'How many components more there are than the 300 in the list.' }),
    items: z.array(heldItemSchema),
    nextAfter: z.string().optional().meta({ description: 'Absent on the last page.' }),
    whole: z.boolean().meta({ description: 'These are all that were asked for, up to the last.' }),
  })
  .meta({ id: 'BackupContents', description: 'What a backup holds: the result of a task `contents`.' });

/** Result of a task of the kind `report`. */
export const openedReportSchema = z
  .object({
    report: reportSchema.meta({
      id: 'Report',
      description:
        'A verification report. Lists that are too long for a task are cut and say how many are left.',
    }),
    key: z.string(),
  })
  .meta({ id: 'OpenedReport', description: 'The result of a task `report`.' });
