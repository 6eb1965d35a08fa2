/** Alerts that were told, in memory. */
import { HoldfastError } from '../../../core/errors.ts';
import { parse } from '../../../core/parse.ts';
import { sourceNameSchema } from '../../../core/plan.ts';
import type { Catalog } from '../../../core/ports/catalog.ts';
import { recordLimits } from '../../../core/record-limits.ts';
import { byName, copy, instant, type Rows } from './rows.ts';

type Alerts = Pick<
  Catalog,
  'listOpenAlerts' | 'saveAlert' | 'closeAlert' | 'getAlert' | 'acknowledgeAlert' | 'noteDelivery'
>;

export function alertsOf({ alerts }: Rows): Alerts {
  const of: Alerts = {
    async listOpenAlerts() {
      return byName(alerts).flatMap(([, row]) => (row.closedAt === undefined ? [copy(row)] : []));
    },
    async saveAlert({ acknowledged: _, deliveries: __, ...row }) {
      const since = instant(row.since);
      const stored = alerts.get(row.conditionId);
      const kept = stored?.since === since && {
        acknowledged: stored.acknowledged,
        deliveries: stored.deliveries,
      };
      const times = {
        since,
        lastToldAt: instant(row.lastToldAt),
        closedAt: row.closedAt && instant(row.closedAt),
      };
      alerts.set(row.conditionId, copy({ ...row, ...times, ...kept }));
    },
    async closeAlert(row) {
      const stored = alerts.get(row.conditionId);
      if (stored?.since !== instant(row.since) || stored.closedAt !== undefined) return false;
      await of.saveAlert(row);
      return true;
    },
    async getAlert(conditionId) {
      const row = alerts.get(conditionId);
      return row && copy(row);
    },
    async acknowledgeAlert(conditionId, by) {
      const stored = alerts.get(conditionId);
      if (!stored) throw new HoldfastError('ALERT_NOT_FOUND', `There is no alert ${conditionId}`);
      if (stored.closedAt !== undefined) {
        throw new HoldfastError('CONFLICT', `Alert ${conditionId} is closed: it is well again`);
      }
      const row = copy({ ...stored, acknowledged: by && { at: instant(by.at), by: by.by } });
      alerts.set(conditionId, row);
      return copy(row);
    },
    async noteDelivery(conditionId, channel, delivery) {
      const name = parse(sourceNameSchema, channel, 'name of a channel');
      const stored = alerts.get(conditionId);
      if (!stored) return;
      const deliveries = { ...stored.deliveries, [name]: { ...delivery, at: instant(delivery.at) } };
      if (Object.keys(deliveries).length > recordLimits.channels) return;
      alerts.set(conditionId, copy({ ...stored, deliveries }));
    },
  };
  return of;
}
