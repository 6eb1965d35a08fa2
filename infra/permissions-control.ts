/**
 * What the control plane may do: the API, which people sign in to, and notify, which tells them. A stolen role of the API
 * can do what an admin may order, with the checks of the other functions around it: it opens no backup, has no private
 * key, marks nothing and removes no object. It can read what is sealed, since the links that it gives away carry its
 * rights; and it can sign pins, as the people that it speaks for. Notify touches no vault and no key.
 */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { auditPrefix } from '../core/format/layout.ts';
import type { Permission, RuntimeFunction } from './constructs/runtime-function.ts';
import {
  changingRows,
  ofAlerts,
  ofAudit,
  ofCounts,
  ofOnce,
  ofPlans,
  ofRestores,
  ofState,
  ofTasks,
  readingRows,
} from './rights/catalog.ts';
import { channelSecrets, sealing } from './rights/secrets.ts';
import {
  keepingSchedules,
  type PlanSchedules,
  publishing,
  seeingWhoHears,
  starting,
} from './rights/starting.ts';
import type { Rights, Surroundings } from './rights/surroundings.ts';
import { looking, never, writing } from './rights/vault.ts';

export interface ApiReach {
  readonly schedules: PlanSchedules;
  /** What it starts for people. */
  readonly functions: readonly IFunction[];
}

export function apiRights(scope: Construct, around: Surroundings, reach: ApiReach): Rights {
  const { vault, catalog, keys, alerts } = around;
  return {
    permissions: [
      ...writing(vault, ['plans/*/pins/', auditPrefix('api')]),
      // What a link leads to is read with the rights of who signed it; reports it only lists.
      ...looking(vault, 'plans/', auditPrefix('api')),
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [
        ofPlans,
        ofRestores,
        ofTasks,
        ofAlerts,
        ofAudit,
        ofOnce,
        ofCounts,
        // A pause of everything; that of a plan is in its row.
        ofState('pause'),
      ]),
      changingRows(catalog, 'DeleteItem', [ofOnce]),
      keys.reading('public', 'signingOperator'),
      ...sealing(around),
      ...keepingSchedules(scope, reach.schedules),
      starting(...reach.functions),
      ...seeingWhoHears(alerts),
      publishing(alerts),
    ],
    prohibitions: [...never(around), ...keys.readingNothingBut('public', 'signingOperator')],
  };
}

/** Of these functions alone, and nothing but looking for lines: not who else logs, nor what is kept how long. */
export function readingLogs(parts: readonly Pick<RuntimeFunction, 'logGroup'>[]): Permission[] {
  const names = parts.map(({ logGroup }) =>
    Stack.of(logGroup).formatArn({
      ...{ service: 'logs', resource: 'log-group', resourceName: logGroup.logGroupName },
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
  );
  return [
    {
      actions: ['logs:FilterLogEvents'],
      // AWS asks for `NAME:*`, the local AWS for the name; one of them only, since a policy has little room.
      resources: names.map((arn) => `${arn}*`),
      wildcardReason:
        'The whole name of a group stands before it: what it covers is the group and its streams.',
    },
  ];
}

export function notifyRights(scope: Construct, around: Surroundings, mailFrom: string | undefined): Rights {
  const { vault, catalog, keys, alerts } = around;
  return {
    permissions: [
      ...readingRows(catalog),
      changingRows(catalog, 'UpdateItem', [ofAlerts, ofOnce, ofCounts]),
      ...channelSecrets(scope, around),
      ...(mailFrom === undefined ? [] : [mailing(scope, mailFrom)]),
      publishing(alerts),
    ],
    prohibitions: [
      { actions: ['s3:GetObject', 's3:PutObject'], resources: [vault.objects('')] },
      ...never(around),
      ...keys.readingNothingBut(),
    ],
  };
}

/**
 * By this sender alone. The identities are all of the account: while SES keeps it in its sandbox, the recipient's is
 * asked for, too, and whether the sender is verified by address or by domain is nobody's business here.
 */
function mailing(scope: Construct, mailFrom: string): Permission {
  return {
    actions: ['ses:SendEmail'],
    resources: [Stack.of(scope).formatArn({ service: 'ses', resource: 'identity', resourceName: '*' })],
    conditions: { StringEquals: { 'ses:FromAddress': mailFrom } },
    wildcardReason: 'The condition names the one address that mail may come from.',
  };
}
