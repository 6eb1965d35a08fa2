/** A report over a period, for who asks what was promised and what proves it. */
import { holds } from '../../core/control/actor.ts';
import { evidenceOf, mostEvidenceDays } from '../../core/control/evidence.ts';
import { planIdSchema } from '../../core/format/layout.ts';
import { route } from '../route.ts';
import { instantSchema } from '../schemas/common.ts';
import { evidenceSchema } from '../schemas/evidence.ts';

/** The gateway waits 30 s for an answer; what is under way then still has to end. */
const budgetMs = 20_000;
const defaultSpanMs = 31 * 86_400_000;

export const evidenceRoutes = [
  route(
    {
      name: 'GET /v1/evidence',
      operationId: 'getEvidence',
      tag: 'evidence',
      summary: 'What was to be backed up in a period, what was, and what proves it',
      description: `At most ${mostEvidenceDays} days. Counts are by day (UTC) of the slot, as watch counted them within the hour: days that the period touches count whole. Looks for at most 20 s; \`whole\` is false when that was not enough.`,
      query: {
        from: instantSchema.optional().meta({ description: 'Default: 31 days before `to`. ISO 8601 UTC.' }),
        to: instantSchema.optional().meta({ description: 'Not included. Default: now. ISO 8601 UTC.' }),
        plan: planIdSchema.optional(),
      },
      response: evidenceSchema,
      costly: true,
    },
    async ({ input, actor, deps }) => {
      const { catalog, clock, settings, health } = deps;
      const { plan: planId } = input.query;
      const now = clock.now();
      // What happens at this very moment is inside.
      const to = input.query.to ?? new Date(now.getTime() + 1).toISOString();
      const from = input.query.from ?? new Date(Date.parse(to) - defaultSpanMs).toISOString();
      const endsMs = performance.now() + budgetMs;
      return evidenceOf(
        { catalog, keyRing: health.keyRing, now },
        {
          from,
          to,
          planId,
          deletions: holds(actor.role, 'admin'),
          isLate: () => performance.now() > endsMs,
          stack: { stackName: settings.stackName, version: settings.version },
        },
      );
    },
  ),
];
