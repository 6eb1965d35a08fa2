/** What people were told of: one row for each condition, on the list of open ones until it has ended. */
import type { Catalog } from '../../core/ports/catalog.ts';
import { equals } from './expression.ts';
import { instant, toAlertRow } from './items.ts';
import { readList } from './paging.ts';
import type { Store } from './store.ts';
import { alertKey, indexes, listNames } from './table.ts';

export function dynamoAlerts(store: Store): Pick<Catalog, 'listOpenAlerts' | 'saveAlert'> {
  return {
    listOpenAlerts() {
      return readList(
        store,
        { index: indexes.lists, key: equals('listName', listNames.openAlerts) },
        toAlertRow,
      );
    },

    async saveAlert({ conditionId, kind, severity, subject, text, timesTold, ...row }) {
      const { planId, backupId, closedAt } = row;
      await store.overwrite(alertKey(conditionId), {
        // Named even when absent: what an earlier state of the condition had must not stay.
        set: {
          conditionId,
          kind,
          severity,
          planId,
          backupId,
          subject,
          text,
          timesTold,
          since: instant(row.since),
          lastToldAt: instant(row.lastToldAt),
          closedAt: closedAt && instant(closedAt),
          listName: closedAt === undefined ? listNames.openAlerts : undefined,
        },
      });
    },
  };
}
