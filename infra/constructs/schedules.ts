/**
 * What runs by the clock: a Scheduler group and a role for the plans' schedules, which Holdfast makes at run time
 * (adapters/scheduler), and the fixed schedule of verification. A run that cannot be started reaches the failure queue.
 */
import { ArnFormat, Names, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { VerifyEvent } from '../../core/events.ts';

/** What the verify function gets from its schedule. */
export const verifyEvent = { task: 'verify-due' } as const satisfies VerifyEvent;

export interface SchedulesProps {
  readonly backup: IFunction;
  readonly verify: IFunction;
  /** From 1 to 1440. */
  readonly verifyEveryMinutes: number;
  /** Scheduler's dead-letter queue. */
  readonly failures: IQueue;
}

export class Schedules extends Construct {
  /** Name of the group that holds one schedule a plan. */
  readonly planGroupName: string;
  /** Assumed by Scheduler for plans; may start backups and nothing else. */
  readonly planRole: Role;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    const planGroup = this.group('Plans');
    this.planGroupName = planGroup.name as string;
    this.planRole = this.roleFor(
      'PlanRole',
      'Starts backups for the schedules of plans',
      planGroup,
      props.backup,
      props.failures,
    );

    // A group of its own: what lists or clears the plans' schedules never meets this one.
    const ownGroup = this.group('Own');
    const verifyRole = this.roleFor(
      'VerifyRole',
      'Starts verification',
      ownGroup,
      props.verify,
      props.failures,
    );
    const schedule = new CfnSchedule(this, 'Verify', {
      description: 'Holdfast: looks for backups that wait for their proof',
      groupName: ownGroup.name,
      scheduleExpression: rate(props.verifyEveryMinutes),
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: props.verify.functionArn,
        roleArn: verifyRole.roleArn,
        input: JSON.stringify(verifyEvent),
        deadLetterConfig: { arn: props.failures.queueArn },
        // The next sweep finds what this one missed; older attempts are of no use.
        retryPolicy: {
          maximumEventAgeInSeconds: Math.max(60, props.verifyEveryMinutes * 60),
          maximumRetryAttempts: 3,
        },
      },
    });
    // Without its rights the first delivery would fail.
    schedule.node.addDependency(verifyRole, ownGroup);
  }

  private group(id: string): CfnScheduleGroup {
    // Named, since CloudFormation needs the name in ARNs before it exists.
    const name = Names.uniqueResourceName(this, { maxLength: 54, separator: '-' });
    return new CfnScheduleGroup(this, id, { name: `${name}-${id}`.slice(0, 64) });
  }

  private roleFor(
    id: string,
    description: string,
    group: CfnScheduleGroup,
    target: IFunction,
    failures: IQueue,
  ): Role {
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
    role.addToPolicy(allow('sqs:SendMessage', failures.queueArn));
    return role;
  }
}

function rate(minutes: number): string {
  return minutes === 1 ? 'rate(1 minute)' : `rate(${minutes} minutes)`;
}

function allow(action: string, resource: string): PolicyStatement {
  return new PolicyStatement({ actions: [action], resources: [resource] });
}
