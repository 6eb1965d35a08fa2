/**
 * One EventBridge schedule a plan, in a group of its own: its name is the plan's id, its target the backup function.
 * Promises: putting the same plan again changes nothing, also for a rate, whose count an update would begin anew;
 * two writers at once leave one schedule; a schedule that cannot be delivered ends in the dead-letter queue.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  paginateListSchedules,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { HoldfastError } from '../../core/errors.ts';
import type { Plan } from '../../core/plan.ts';
import type { PlanScheduler } from '../../core/ports/scheduler.ts';
import { awsExpression, nextRuns, scheduledTimePlaceholder } from '../../core/schedule.ts';

/**
 * Retries of the delivery alone (a throttled or unreachable Lambda API); the run has its own. An hour and ten tries
 * outlast what passes by itself. What takes longer is a failure that a person should hear of while the day's backup
 * can still be made by hand, rather than after AWS's default of 24 hours and 185 tries.
 */
export const deliveryRetries = { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 10 } as const;

export interface EventBridgeSchedulerOptions {
  readonly groupName: string;
  readonly backupFunctionArn: string;
  /** The role that EventBridge Scheduler takes on to invoke the function. */
  readonly roleArn: string;
  /** The queue for what could not be delivered. */
  readonly deadLetterArn: string;
  /** Default: one of its own, configured from the environment. */
  readonly client?: SchedulerClient;
}

export type ScheduleReaderOptions = Pick<EventBridgeSchedulerOptions, 'groupName' | 'client'>;

/** ListSchedules gives at most 100 a call. */
const schedulesAPage = 100;

/** Only looks: for those who watch and must not change a schedule. */
export function scheduleReader(options: ScheduleReaderOptions): Pick<PlanScheduler, 'get' | 'list'> & {
  find(planId: string): Promise<GetScheduleCommandOutput | undefined>;
} {
  const { groupName, client = new SchedulerClient({ retryMode: 'standard', maxAttempts: 5 }) } = options;
  const find = async (planId: string): Promise<GetScheduleCommandOutput | undefined> => {
    try {
      return await client.send(new GetScheduleCommand({ GroupName: groupName, Name: planId }));
    } catch (thrown) {
      if (nameOf(thrown) === 'ResourceNotFoundException') return undefined;
      throw asSchedulerError(thrown, 'GetSchedule', planId, groupName);
    }
  };

  return {
    find,

    async get(planId) {
      const found = await find(planId);
      if (!found) return undefined;
      return {
        expression: found.ScheduleExpression ?? '',
        timeZone: found.ScheduleExpressionTimezone ?? 'UTC',
        enabled: found.State !== 'DISABLED',
      };
    },

    async *list() {
      const pages = paginateListSchedules({ client, pageSize: schedulesAPage }, { GroupName: groupName });
      try {
        for await (const { Schedules = [] } of pages) {
          for (const { Name, State } of Schedules) {
            if (Name !== undefined) yield { planId: Name, enabled: State !== 'DISABLED' };
          }
        }
      } catch (thrown) {
        throw asSchedulerError(thrown, 'ListSchedules', undefined, groupName);
      }
    },
  };
}

export function eventBridgeScheduler(options: EventBridgeSchedulerOptions): PlanScheduler {
  const { groupName, client = new SchedulerClient({ retryMode: 'standard', maxAttempts: 5 }) } = options;
  const reader = scheduleReader({ groupName, client });

  const update = async (planId: string, wanted: CreateScheduleCommandInput): Promise<void> => {
    try {
      await client.send(new UpdateScheduleCommand(wanted));
    } catch (thrown) {
      throw asSchedulerError(thrown, 'UpdateSchedule', planId, groupName);
    }
  };

  return {
    async put(plan, anchor) {
      const wanted = { ...scheduleOf(plan, options), ...firstRun(plan, anchor) };
      const found = await reader.find(plan.id);
      if (found === undefined) {
        try {
          await client.send(new CreateScheduleCommand(wanted));
        } catch (thrown) {
          if (nameOf(thrown) !== 'ConflictException') {
            throw asSchedulerError(thrown, 'CreateSchedule', plan.id, groupName);
          }
          // Someone else created it since we looked.
          await update(plan.id, wanted);
        }
      } else if (!isSame(found, wanted)) await update(plan.id, wanted);
      return { ...awsExpression(plan.schedule), enabled: plan.enabled };
    },

    get: reader.get,
    list: reader.list,

    async remove(planId) {
      try {
        await client.send(new DeleteScheduleCommand({ GroupName: groupName, Name: planId }));
      } catch (thrown) {
        if (nameOf(thrown) === 'ResourceNotFoundException') return;
        throw asSchedulerError(thrown, 'DeleteSchedule', planId, groupName);
      }
    },
  };
}

function scheduleOf(plan: Plan, options: EventBridgeSchedulerOptions): CreateScheduleCommandInput {
  const { expression, timeZone } = awsExpression(plan.schedule);
  return {
    GroupName: options.groupName,
    Name: plan.id,
    ScheduleExpression: expression,
    ScheduleExpressionTimezone: timeZone,
    // A run is named by the time it should have started at; a window would only make it late.
    FlexibleTimeWindow: { Mode: 'OFF' },
    State: plan.enabled ? 'ENABLED' : 'DISABLED',
    Target: {
      Arn: options.backupFunctionArn,
      RoleArn: options.roleArn,
      Input: JSON.stringify({ task: 'backup', planId: plan.id, scheduledTime: scheduledTimePlaceholder }),
      RetryPolicy: deliveryRetries,
      DeadLetterConfig: { Arn: options.deadLetterArn },
    },
  };
}

/** From when a schedule must be to be taken as being in the future, with a slow clock here. */
const startsAfterMs = 60_000;

/**
 * A rate counts from its start date; without one EventBridge begins anew with every update, and the times at which
 * core/schedule.ts expects a run would be others. The next of these is the start date. It is written, never compared:
 * which one it was is of no consequence later.
 */
function firstRun(plan: Plan, anchor: string | undefined): Pick<CreateScheduleCommandInput, 'StartDate'> {
  const isRate = awsExpression(plan.schedule).expression.startsWith('rate(');
  if (!isRate || anchor === undefined) return {};
  const [first] = nextRuns(plan.schedule, new Date(Date.now() + startsAfterMs), 1, anchor);
  return first === undefined ? {} : { StartDate: new Date(first) };
}

function isSame(found: GetScheduleCommandOutput, wanted: CreateScheduleCommandInput): boolean {
  const relevant = ({ Target, ...schedule }: GetScheduleCommandOutput | CreateScheduleCommandInput) => ({
    expression: schedule.ScheduleExpression,
    timeZone: schedule.ScheduleExpressionTimezone,
    state: schedule.State,
    window: schedule.FlexibleTimeWindow?.Mode,
    target: [Target?.Arn, Target?.RoleArn, Target?.Input, Target?.DeadLetterConfig?.Arn],
    retries: [Target?.RetryPolicy?.MaximumEventAgeInSeconds, Target?.RetryPolicy?.MaximumRetryAttempts],
  });
  return isDeepStrictEqual(relevant(found), relevant(wanted));
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : '';
}

function asSchedulerError(
  thrown: unknown,
  action: string,
  planId: string | undefined,
  groupName: string,
): HoldfastError {
  const name = nameOf(thrown);
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  const message = `scheduler:${action}${planId ? ` for plan ${planId}` : ''} in group ${groupName} failed: ${name || 'Error'}: ${said}`;
  const options = { cause: thrown, details: { action: `scheduler:${action}`, planId, groupName, name } };
  if (name === 'AccessDeniedException') return new HoldfastError('ACCESS_DENIED', message, options);
  if (name === 'ResourceNotFoundException') return new HoldfastError('STACK_NOT_FOUND', message, options);
  if (name === 'ValidationException') return new HoldfastError('INVALID_INPUT', message, options);
  return new HoldfastError('INTERNAL', message, {
    ...options,
    next: 'EventBridge Scheduler did not take the call: run the command again, it is safe to repeat.',
  });
}
