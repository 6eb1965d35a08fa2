/** What the fields of an order are called in sentences of the API. */
import type { Called } from '../core/control/called.ts';

/** What is more than its name. */
const said: Readonly<Record<string, string>> = {
  compare: 'compare: false',
  withoutRestorePoint: 'withoutRestorePoint: true',
  makeRestorePoint: 'POST /v1/restore-points',
};

export const inBody: Called = (field) => said[field] ?? field;
