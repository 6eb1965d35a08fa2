/**
 * What people were told of: one row for each condition, on the list of open ones until it has ended, and by time from
 * when it began. Who watches writes what was told; what a person did with it and what became of telling it are written
 * beside that, and go when the condition breaks anew.
 */
import { HoldfastError } from '../../core/errors.ts';
import { parse } from '../../core/parse.ts';
import { sourceNameSchema } from '../../core/plan.ts';
import type { AlertRow, Catalog } from '../../core/ports/catalog.ts';
import { recordLimits } from '../../core/record-limits.ts';
import { absent, all, any, differs, equals, exists, existsIn, hasFewerThan } from './expression.ts';
import { instant, toAlertRow } from './items.ts';
import { readList } from './paging.ts';
import type { Store } from './store.ts';
import { alertKey, indexes, listNames } from './table.ts';
import { timelineAttributes } from './timeline-attributes.ts';

type Alerts = Pick<
  Catalog,
  'listOpenAlerts' | 'saveAlert' | 'closeAlert' | 'getAlert' | 'acknowledgeAlert' | 'noteDelivery'
>;

/** Two that save a condition which breaks anew meet at most as often. */
const saveAttempts = 5;

export function dynamoAlerts(store: Store): Alerts {
  return {
    listOpenAlerts() {
      return readList(
        store,
        { index: indexes.lists, key: equals('listName', listNames.openAlerts) },
        toAlertRow,
      );
    },

    async saveAlert(row) {
      const key = alertKey(row.conditionId);
      const set = columnsOf(row);
      for (let attempt = 1; attempt <= saveAttempts; attempt += 1) {
        if (await store.updateSilently(key, { set }, equals('since', set.since))) return;
        const anew = { set: { ...set, acknowledged: undefined, deliveries: {} } };
        if (await store.updateSilently(key, anew, any(absent('pk'), differs('since', set.since)))) return;
      }
      throw new HoldfastError(
        'CATALOG_UNAVAILABLE',
        `Others save the alert ${row.conditionId} again and again`,
      );
    },

    closeAlert(row) {
      const set = columnsOf(row);
      const isOpen = all(equals('since', set.since), absent('closedAt'));
      return store.updateSilently(alertKey(row.conditionId), { set }, isOpen);
    },

    async getAlert(conditionId) {
      const item = await store.get(alertKey(conditionId));
      return item && toAlertRow(item);
    },

    async acknowledgeAlert(conditionId, by) {
      const acknowledged = by && { at: instant(by.at), by: by.by };
      const written = await store.update(
        alertKey(conditionId),
        { set: { acknowledged } },
        all(exists('pk'), absent('closedAt')),
      );
      if ('row' in written) return toAlertRow(written.row);
      if (!written.refused) {
        throw new HoldfastError('ALERT_NOT_FOUND', `There is no alert ${conditionId}`);
      }
      throw new HoldfastError('CONFLICT', `Alert ${conditionId} is closed: it is well again`);
    },

    async noteDelivery(conditionId, channel, { at, error }) {
      const entry = parse(sourceNameSchema, channel, 'name of a channel');
      await store.updateSilently(
        alertKey(conditionId),
        { setIn: { map: 'deliveries', entry, value: { at: instant(at), error } } },
        any(existsIn('deliveries', entry), hasFewerThan('deliveries', recordLimits.channels)),
      );
    },
  };
}

/** Named even when absent: what an earlier state of the condition had must not stay. */
function columnsOf(row: AlertRow) {
  const { conditionId, kind, severity, planId, backupId, subject, text, timesTold, closedAt } = row;
  const since = instant(row.since);
  return {
    conditionId,
    kind,
    severity,
    planId,
    backupId,
    subject,
    text,
    timesTold,
    since,
    lastToldAt: instant(row.lastToldAt),
    closedAt: closedAt && instant(closedAt),
    listName: closedAt === undefined ? listNames.openAlerts : undefined,
    ...timelineAttributes('ALERT', { at: since, planId: planId ?? '', id: conditionId }),
  };
}
