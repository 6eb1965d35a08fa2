/**
 * What runs by the clock: a Scheduler group and a role for the plans' schedules, which Holdfast makes at run time
 * (adapters/scheduler), and the fixed schedules of verification, cleanup, watch and the
 * weekly summary. A run that cannot be started
 * reaches the failure queue.
 */
import { ArnFormat, Duration, Names, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { z } from 'zod';
import type { cleanupEventSchema, NoticeEvent, VerifyEvent, WatchEvent } from '../../core/events.ts';
import { scheduledTimePlaceholder } from '../../core/schedule.ts';

/** What the functions get from their schedules. */
export const scheduledEvents = {
  verify: { task: 'verify-due' } satisfies VerifyEvent,
  cleanup: { task: 'cleanup' } satisfies z.input<typeof cleanupEventSchema>,
  watch: { task: 'watch' } satisfies WatchEvent,
  // The week is named by it, so that a repeated delivery is told once.
  weekly: { task: 'weekly-summary', scheduledTime: scheduledTimePlaceholder } satisfies NoticeEvent,
};

export interface SchedulesProps {
  readonly backup: IFunction;
  /** Scheduler's dead-letter queue. */
  readonly failures: IQueue;
}

interface OwnSchedule {
  readonly function: IFunction;
  readonly description: string;
  readonly expression: string;
  readonly event: object;
  /** How long an attempt is still of use. */
  readonly maxAgeSeconds: number;
}

export class Schedules extends Construct {
  /** Name of the group that holds one schedule a plan. */
  readonly planGroupName: string;
  /** Assumed by Scheduler for plans; may start backups and nothing else. */
  readonly planRole: Role;
  private readonly ownGroup: CfnScheduleGroup;
  private readonly failures: IQueue;

  constructor(scope: Construct, id: string, { backup, failures }: SchedulesProps) {
    super(scope, id);
    this.failures = failures;
    const planGroup = this.group('Plans');
    this.planGroupName = planGroup.name as string;
    this.planRole = this.roleFor('PlanRole', 'Starts backups for the schedules of plans', planGroup, backup);
    // A group of its own: what lists or clears the plans' schedules never meets these.
    this.ownGroup = this.group('Own');
  }

  /** `everyMinutes` from 1 to 1440. */
  verify(verify: IFunction, everyMinutes: number): CfnSchedule {
    return this.own('Verify', {
      function: verify,
      description: 'looks for backups that wait for their proof',
      expression: rate(everyMinutes),
      event: scheduledEvents.verify,
      // The next sweep finds what this one missed; older attempts are of no use.
      maxAgeSeconds: Math.max(60, everyMinutes * 60),
    });
  }

  /** `everyDays` from 1 to 7. */
  cleanup(cleanup: IFunction, everyDays: number): CfnSchedule {
    return this.own('Cleanup', {
      function: cleanup,
      description: 'marks what has expired',
      expression: cleanupExpression(everyDays),
      event: scheduledEvents.cleanup,
      maxAgeSeconds: Duration.hours(3).toSeconds(),
    });
  }

  watch(watch: IFunction): CfnSchedule {
    return this.own('Watch', {
      function: watch,
      description: 'looks whether all is well',
      expression: 'rate(1 hour)',
      event: scheduledEvents.watch,
      maxAgeSeconds: Duration.hours(1).toSeconds(),
    });
  }

  /** On Mondays at six, UTC: before people come to work in Europe. */
  weekly(notify: IFunction): CfnSchedule {
    return this.own('Weekly', {
      function: notify,
      description: 'tells how the week went',
      expression: 'cron(0 6 ? * MON *)',
      event: scheduledEvents.weekly,
      maxAgeSeconds: Duration.hours(6).toSeconds(),
    });
  }

  private own(id: string, schedule: OwnSchedule): CfnSchedule {
    const role = this.roleFor(`${id}Role`, `Starts ${id.toLowerCase()}`, this.ownGroup, schedule.function);
    const made = new CfnSchedule(this, id, {
      description: `Holdfast: ${schedule.description}`,
      groupName: this.ownGroup.name,
      scheduleExpression: schedule.expression,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: schedule.function.functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify(schedule.event),
        deadLetterConfig: { arn: this.failures.queueArn },
        retryPolicy: { maximumEventAgeInSeconds: schedule.maxAgeSeconds, maximumRetryAttempts: 3 },
      },
    });
    // Without its rights the first delivery would fail.
    made.node.addDependency(role, this.ownGroup);
    return made;
  }

  private group(id: string): CfnScheduleGroup {
    // Named, since CloudFormation needs the name in ARNs before it exists.
    const name = Names.uniqueResourceName(this, { maxLength: 54, separator: '-' });
    return new CfnScheduleGroup(this, id, { name: `${name}-${id}`.slice(0, 64) });
  }

  private roleFor(id: string, description: string, group: CfnScheduleGroup, target: IFunction): Role {
    const stack = Stack.of(this);
    const groupArn = stack.formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: group.name,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    const role = new Role(this, id, {
      description,
      // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': groupArn } },
      }),
    });
    role.addToPolicy(allow('lambda:InvokeFunction', target.functionArn));
    role.addToPolicy(allow('sqs:SendMessage', this.failures.queueArn));
    return role;
  }
}

/**
 * Ten past eleven at night, UTC: S3 looks at its lifecycle rules at midnight, so what is marked then goes the same
 * night, and nothing is kept longer than its policy and a day.
 */
function cleanupExpression(everyDays: number): string {
  if (everyDays === 1) return 'cron(10 23 * * ? *)';
  if (everyDays === 7) return 'cron(10 23 ? * SUN *)';
  // No cron says "every third day" across the ends of months.
  return `rate(${everyDays} days)`;
}

function rate(minutes: number): string {
  return minutes === 1 ? 'rate(1 minute)' : `rate(${minutes} minutes)`;
}

function allow(action: string, resource: string): PolicyStatement {
  return new PolicyStatement({ actions: [action], resources: [resource] });
}
