/** The contract of the Alerts port, as tests that every implementation passes. */
import { describe, expect, test } from 'vitest';
import type { Alert } from '../../core/alerts.ts';
import type { Alerts } from '../../core/ports/index.ts';

export interface AlertsUnderTest {
  readonly alerts: Alerts;
  /** The next alert that whoever listens has received. */
  received(): Promise<{ subject: string; text: string; attributes: Record<string, string> }>;
  /** The same channel, out of order. */
  readonly broken: Alerts;
}

export const alert: Alert = {
  kind: 'backup-failed',
  severity: 'critical',
  planId: 'shop',
  backupId: '20261121T020000Z-00000000',
  subject: '[Holdfast] Backup failed - plan shop',
  text: 'Backup failed - plan shop\n\nWhy: the server refused (SOURCE_AUTH)',
  why: 'the server refused',
  code: 'SOURCE_AUTH',
  correlationId: 'c-1',
  at: '2026-11-21T02:00:09.000Z',
};

export function alertsContract(name: string, start: () => Promise<AlertsUnderTest>): void {
  describe(`alerts contract: ${name}`, () => {
    let started: Promise<AlertsUnderTest> | undefined;
    const setUp = () => {
      started ??= start();
      return started;
    };

    test('an alert arrives with its subject, its text and what it can be filtered by', async () => {
      const { alerts, received } = await setUp();
      await alerts.publish(alert);
      const { attributes, ...words } = await received();
      expect(words).toEqual({ subject: alert.subject, text: alert.text });
      const { alert: written, ...filterable } = attributes;
      const { text: _, ...fields } = alert;
      expect(JSON.parse(written ?? 'null')).toEqual(fields);
      expect(filterable).toEqual({
        planId: 'shop',
        kind: 'backup-failed',
        severity: 'critical',
        state: 'broken',
        code: 'SOURCE_AUTH',
        plans: '["shop"]',
      });
    });

    test('a digest can be filtered by each of its plans', async () => {
      const { alerts, received } = await setUp();
      const { planId: _, ...digest } = alert;
      await alerts.publish({ ...digest, planIds: ['shop', 'wiki'] });
      const { attributes } = await received();
      expect(attributes).toMatchObject({ plans: '["shop","wiki"]' });
      expect(attributes).not.toHaveProperty('planId');
    });

    test('what is not known of an alert does not keep it from arriving', async () => {
      const { alerts, received } = await setUp();
      const { planId: __, code: ___, ...bare } = alert;
      await alerts.publish({ ...bare, kind: 'warning', severity: 'warning' });
      const { alert: _, ...filterable } = (await received()).attributes;
      expect(filterable).toEqual({ kind: 'warning', severity: 'warning', state: 'broken' });
    });

    test('that it is well again can be filtered by', async () => {
      const { alerts, received } = await setUp();
      await alerts.publish({ ...alert, state: 'recovered' });
      expect((await received()).attributes.state).toBe('recovered');
    });

    test('an alert that cannot be published is ALERT_FAILED', async () => {
      const { broken } = await setUp();
      await expect(broken.publish(alert)).rejects.toMatchObject({ code: 'ALERT_FAILED' });
    });
  });
}
