/** Everything on one page: what the console opens with, and asks for again every little while. */
import { overviewOf } from '../../core/control/overview.ts';
import { route } from '../route.ts';
import { overviewQuery, overviewSchema, sourceKindsSchema } from '../schemas/overview.ts';

/** The gateway waits 30 s for an answer; nobody looks at an empty page for so long. */
const budgetMs = 10_000;

const day = { day: '2026-11-21', completed: 1, failed: 0, missed: 0, proven: 1 };

export const overviewRoutes = [
  route(
    {
      name: 'GET /v1/overview',
      operationId: 'getOverview',
      tag: 'status',
      summary: 'The state of every plan, the worst first',
      description:
        'Plans are judged now, by their rows. What only watch can see (schedules, alarms, second copies, quotas) is as it was found last. At most 200 plans a page; what is wrong with others is said by their alerts.',
      query: overviewQuery,
      response: overviewSchema,
      examples: {
        response: {
          at: '2026-11-21T09:00:00.000Z',
          whole: true,
          stackName: 'Holdfast',
          version: '0.1.0',
          state: 'well',
          counts: { plans: 1, well: 1, warning: 0, critical: 0, resting: 0 },
          conditions: [],
          conditionsLeft: 0,
          openAlerts: 0,
          watchedAt: '2026-11-21T08:40:00.000Z',
          storedBytes: 73_400_320,
          plans: [
            {
              planId: 'nightly',
              kinds: ['postgres'],
              enabled: true,
              paused: false,
              state: 'well',
              severity: 'none',
              conditions: [],
              lastGood: {
                backupId: '20261121T020000Z-6fb80b81',
                slot: '2026-11-21T02:00:00Z',
                completedAt: '2026-11-21T02:04:10Z',
              },
              targetSeconds: 90_000,
              proven: {
                at: '2026-11-21T02:31:00Z',
                backupId: '20261121T020000Z-6fb80b81',
                level: 'restored',
              },
              latest: {
                backupId: '20261121T020000Z-6fb80b81',
                slot: '2026-11-21T02:00:00Z',
                status: 'completed',
                at: '2026-11-21T02:04:10Z',
                trigger: 'schedule',
              },
              nextRunAt: '2026-11-22T02:00:00Z',
              storedBytes: 73_400_320,
              days: [day],
            },
          ],
        },
      },
    },
    async ({ input, deps }) => {
      const { catalog, clock, health, settings } = deps;
      const endsMs = performance.now() + budgetMs;
      const overview = await overviewOf(
        { catalog, keyRing: health.keyRing, recipients: health.recipients, settings: settings.health },
        {
          now: clock.now(),
          planId: input.query.plan,
          limit: input.query.limit,
          cursor: input.query.cursor,
          isLate: () => performance.now() > endsMs,
        },
      );
      const plans = overview.plans.map((plan) => ({ ...plan, kinds: sourceKindsSchema.parse(plan.kinds) }));
      return { ...overview, plans, stackName: settings.stackName, version: settings.version };
    },
  ),
];
