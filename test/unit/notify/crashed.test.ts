/** A notify function that died is told by the failures function, whatever it was at. */
import { describe, expect, test } from 'vitest';
import { handleFailure } from '../../../core/failures.ts';
import { aBackup } from '../health/world.ts';
import { notifyWorld } from './world.ts';

const { backupId } = aBackup('2026-11-21T02:00:00Z');

describe('notify-crashed, once a day', () => {
  test.each([
    ['over an alert', { Records: [{ EventSource: 'aws:sns', Sns: { MessageId: 'm-1' } }] }],
    ['over good news', { task: 'success', planId: 'shop', backupId, what: 'backup' }],
    ['over the summary of a week', { task: 'weekly-summary' }],
  ])('%s', async (_, requestPayload) => {
    const { deps, catalog, alerts } = notifyWorld();
    const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:holdfast-notify';
    const requestContext = { requestId: 'r-1', functionArn, condition: 'RetriesExhausted' };
    const body = JSON.stringify({ requestContext, requestPayload });
    const message = { body, attributes: {}, sentAt: '2026-11-21T02:00:10.000Z' };
    const failureDeps = { ...deps, catalog, logGroupOf: () => '/holdfast/notify' };
    await handleFailure(message, failureDeps);
    await handleFailure(message, failureDeps);
    expect(alerts.published).toMatchObject([{ kind: 'notify-crashed', conditionId: 'notify-crashed/-' }]);
  });
});
