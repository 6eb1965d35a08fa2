/** Alerts, the trail, status and metrics, as they are called. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AlertRow, AuditEntry } from '../../../core/ports/catalog.ts';
import { apiWorld, type Issuer, startIssuer } from '../../support/api-world.ts';

let issuer: Issuer;
beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());

const alert = (conditionId: string, more: Partial<AlertRow> = {}): AlertRow => ({
  conditionId,
  kind: 'backup-missed',
  severity: 'critical',
  planId: 'nightly',
  subject: 'Backup missed',
  text: 'why "it" was\nmissed',
  since: '2026-11-21T03:00:00Z',
  lastToldAt: '2026-11-21T03:05:00Z',
  timesTold: 1,
  ...more,
});

const entry = (at: string, more: Partial<AuditEntry> = {}): AuditEntry => ({
  at,
  id: at.replaceAll(/\D/g, ''),
  by: 'ada',
  action: 'plan.update',
  target: 'plan/nightly',
  detail: '',
  correlationId: 'c-12345678',
  result: 'ok',
  ...more,
});

test('alerts are listed by pages, got by their id, and acknowledged by an operator', async () => {
  const { call, catalog } = apiWorld(issuer);
  for (const name of ['a', 'b', 'c/d']) await catalog.saveAlert(alert(`backup-missed/${name}`));
  const first = await call('GET /v1/alerts?limit=2', { as: 'viewer' });
  expect(first.json.items).toHaveLength(2);
  const second = await call(`GET /v1/alerts?limit=2&cursor=${first.json.nextCursor}`, { as: 'viewer' });
  expect(second.json).toMatchObject({
    items: [{ conditionId: 'backup-missed/c/d', title: 'Backup missed' }],
  });
  expect(second.json.nextCursor).toBeUndefined();
  const { alertId } = second.json.items[0];
  expect((await call(`GET /v1/alerts/${alertId}`, { as: 'viewer' })).json.alertId).toBe(alertId);
  // No UTF-8: longer than any key of the catalog once it is read.
  const broken = '_'.repeat(2000);
  expect((await call(`GET /v1/alerts/${broken}`, { as: 'viewer' })).status).toBe(400);
  const done = await call(`POST /v1/alerts/${alertId}/acknowledge`, { as: 'operator' });
  expect(done.json.acknowledged.by).toBe('ada');
  const back = await call(`POST /v1/alerts/${alertId}/unacknowledge`, { as: 'operator' });
  expect(back.json.acknowledged).toBeUndefined();
  expect((await call('GET /v1/alerts/YWJzZW50', { as: 'viewer' })).json.code).toBe('ALERT_NOT_FOUND');
  const wrong = await call('GET /v1/alerts?cursor=nonsense', { as: 'viewer' });
  expect([wrong.status, wrong.json.errors[0].field]).toEqual([400, 'cursor']);
});

test('the trail is listed over months, narrowed, page by page, and exported as lines', async () => {
  const { call, catalog, setNow } = apiWorld(issuer);
  setNow('2026-11-21T12:00:00Z');
  const times = ['2026-09-30T23:00:00.000Z', '2026-11-01T00:00:00.000Z', '2026-11-20T09:00:00.000Z'];
  for (const at of times) await catalog.appendAudit(entry(at));
  await catalog.appendAudit(entry('2026-11-20T10:00:00.000Z', { action: 'backup.pin', result: undefined }));
  const list = async (query: string) => (await call(`GET /v1/audit?${query}`, { as: 'admin' })).json;
  const whole = 'from=2026-09-01T00:00:00Z&to=2026-12-01T00:00:00Z';
  expect((await list(whole)).items.map(({ at }: AuditEntry) => at)).toEqual([
    '2026-11-20T10:00:00.000Z',
    ...[...times].reverse(),
  ]);
  const seen: string[] = [];
  let cursor = '';
  for (let page = 0; page < 10; page += 1) {
    const { items, nextCursor } = await list(`${whole}&action=plan&limit=1${cursor}`);
    seen.push(...items.map(({ at }: AuditEntry) => at));
    if (nextCursor === undefined) break;
    cursor = `&cursor=${nextCursor}`;
  }
  expect(seen).toEqual([...times].reverse());
  expect((await list('month=2026-11&result=unknown')).items).toHaveLength(1);
  expect((await list('month=2026-09')).items).toHaveLength(1);
  expect((await list('month=2026-09&from=2026-09-01T00:00:00Z')).errors[0].field).toBe('month');
  expect((await list('from=2026-12-01T00:00:00Z&to=2026-11-01T00:00:00Z')).errors[0].field).toBe('from');
  const exported = await call(`GET /v1/audit/export?${whole}&action=plan.update`, { as: 'admin' });
  expect(exported.headers.get('content-type')).toBe('application/x-ndjson');
  const lines = exported.text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).at)).toEqual([...times].reverse());
  expect((await list('month=2026-11&action=audit.export')).items[0].result).toBe('ok');
});

test('status says what is wrong, and metrics are text that ends as the format wants', async () => {
  const { call, catalog } = apiWorld(issuer);
  await catalog.saveAlert(alert('key-old/-', { kind: 'key-old', planId: undefined, severity: 'warning' }));
  const status = await call('GET /v1/status', { as: 'viewer' });
  expect(status.status).toBe(200);
  expect(status.json.conditions.map(({ id }: { id: string }) => id)).toContain('key-old/-');
  expect((await call('GET /v1/status?plan=absent', { as: 'viewer' })).json.code).toBe('PLAN_NOT_FOUND');
  const metrics = await call('GET /v1/metrics', { as: 'viewer' });
  expect(metrics.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
  expect(metrics.text).toContain(
    'holdfast_alert_open{alert="key-old/-",kind="key-old",severity="warning"} 1\n',
  );
  expect(metrics.text.endsWith('# EOF\n')).toBe(true);
});
