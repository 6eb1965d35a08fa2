/** What watch works with beyond what all functions share: the surroundings that it looks at, and whom it wakes. */
import { stackAlarms } from '../adapters/cloudwatch/alarms.ts';
import { cloudWatchHeartbeat } from '../adapters/cloudwatch/heartbeat.ts';
import { httpPinger } from '../adapters/http/pinger.ts';
import { lambdaStarter } from '../adapters/lambda/starter.ts';
import { eventBridgeScheduler, scheduleReader } from '../adapters/scheduler/scheduler.ts';
import { snsRecipients } from '../adapters/sns/recipients.ts';
import { HoldfastError } from '../core/errors.ts';
import { deadManUrlSchema } from '../core/plan.ts';
import type { Secrets } from '../core/ports/index.ts';
import type { Environment } from './environment.ts';
import { wire } from './wiring.ts';

export function wireWatch() {
  const wiring = wire();
  const { environment, secrets, allowLoopback } = wiring;
  return {
    ...wiring,
    starter: lambdaStarter({
      functions: {
        cleanup: environment.HOLDFAST_CLEANUP_FUNCTION,
        restore: environment.HOLDFAST_RESTORE_FUNCTION,
      },
    }),
    recipients: snsRecipients({ topicArn: environment.HOLDFAST_TOPIC_ARN }),
    alarms: alarmsOf(environment),
    heartbeat: cloudWatchHeartbeat({ stackName: environment.HOLDFAST_STACK_NAME }),
    pinger: httpPinger({ allowLoopback }),
    scheduler: scheduleReader({ groupName: environment.HOLDFAST_SCHEDULE_GROUP ?? '' }),
    mender: menderOf(environment),
    deadManUrl: () => deadManUrl(secrets, environment.HOLDFAST_DEADMAN_SECRET),
  };
}
export type WatchWiring = ReturnType<typeof wireWatch>;

function alarmsOf({ HOLDFAST_ALARMS: alarmNames, HOLDFAST_UNHANDLED_QUEUE: queue }: Environment) {
  return queue === undefined ? undefined : stackAlarms({ alarmNames, unhandledQueueUrl: queue });
}

/** Absent where the template of an earlier release gave watch no right to change schedules: then it only looks. */
function menderOf(environment: Environment) {
  const {
    HOLDFAST_SCHEDULE_GROUP: groupName,
    HOLDFAST_BACKUP_FUNCTION_ARN: backupFunctionArn,
    HOLDFAST_SCHEDULE_ROLE_ARN: roleArn,
    HOLDFAST_SCHEDULE_DLQ_ARN: deadLetterArn,
  } = environment;
  if (!groupName || !backupFunctionArn || !roleArn || !deadLetterArn) return undefined;
  return eventBridgeScheduler({ groupName, backupFunctionArn, roleArn, deadLetterArn });
}

/**
 * The URL that speaks up when the whole stack falls silent: read each time, so that a new one counts at once.
 * Undefined when the stack was given no secret. SECRET_NOT_FOUND, ACCESS_DENIED, SECRET_INVALID: never with its value.
 */
async function deadManUrl(secrets: Secrets, secretId: string | undefined): Promise<string | undefined> {
  if (secretId === undefined) return undefined;
  const url = deadManUrlSchema.safeParse((await secrets.get(secretId)).trim());
  if (url.success) return url.data;
  throw new HoldfastError(
    'SECRET_INVALID',
    `the secret ${secretId} (watch.deadManUrlSecret) must hold an https URL without user and password, and nothing else`,
  );
}
