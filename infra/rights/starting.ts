/** What a function may set going: other functions, schedules of plans, messages to people. */
import { Stack } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { Alerts } from '../constructs/alerts.ts';
import type { Permission } from '../constructs/runtime-function.ts';

/** Without a version or an alias: that is how the adapters call them. */
export function starting(...functions: readonly IFunction[]): Permission {
  return {
    actions: ['lambda:InvokeFunction'],
    resources: functions.map(({ functionArn }) => functionArn),
  };
}

/** The group of the plans' schedules, and the role that their runs are started with. */
export interface PlanSchedules {
  readonly planGroupName: string;
  readonly planRole: IRole;
}

/** Makes, changes and removes the schedules of plans, each with the one role that there is for them. */
export function keepingSchedules(scope: Construct, { planGroupName, planRole }: PlanSchedules): Permission[] {
  return [
    {
      actions: [
        'scheduler:CreateSchedule',
        'scheduler:DeleteSchedule',
        'scheduler:GetSchedule',
        'scheduler:UpdateSchedule',
      ],
      resources: [
        Stack.of(scope).formatArn({
          service: 'scheduler',
          resource: 'schedule',
          resourceName: `${planGroupName}/*`,
        }),
      ],
      wildcardReason: 'The schedule of a plan is named after the plan, which is made at run time.',
    },
    {
      actions: ['iam:PassRole'],
      resources: [planRole.roleArn],
      conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
    {
      // No resource of it can be named, whichever group is listed: https://github.com/aws/aws-cdk/issues/38201
      actions: ['scheduler:ListSchedules'],
      resources: ['*'],
      wildcardReason:
        'Scheduler lists schedules for whoever may list all of them; it shows names, no targets.',
    },
  ];
}

/** Whether the schedule of a plan is what the plan says; changes none. */
export function lookingAtSchedules(scope: Construct, planGroupName: string): Permission {
  return {
    actions: ['scheduler:GetSchedule'],
    resources: [
      Stack.of(scope).formatArn({
        service: 'scheduler',
        resource: 'schedule',
        resourceName: `${planGroupName}/*`,
      }),
    ],
    wildcardReason: 'The schedule of a plan is named after the plan, which is made at run time.',
  };
}

export function seeingWhoHears({ topic }: Alerts): Permission[] {
  return [
    { actions: ['sns:ListSubscriptionsByTopic'], resources: [topic.topicArn] },
    {
      // Of a subscription no resource can be named (service authorization reference of SNS).
      actions: ['sns:GetSubscriptionAttributes'],
      resources: ['*'],
      wildcardReason:
        'Subscriptions are no resources to IAM. It reads whether one has a filter; it could read where others of the account lead.',
    },
  ];
}

export function publishing(alerts: Alerts): Permission {
  return { actions: ['sns:Publish'], resources: [alerts.topic.topicArn] };
}
