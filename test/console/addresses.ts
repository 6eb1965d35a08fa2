/** Every page of the console in the seeded world (test/support/console-seed.ts), by a name. */
import { backupIdFor } from '../../core/format/layout.ts';

/** When the clock stands still. */
export const now = '2026-11-21T10:00:00Z';

const failed = backupIdFor('ledger', '2026-11-21T02:00:00Z');
const good = backupIdFor('shop', '2026-11-20T02:00:00Z');
const alertId = Buffer.from('backup-failed/ledger').toString('base64url');

export const addresses = {
  overview: '/',
  welcome: '/welcome',
  plans: '/plans',
  'plan-new': '/plans/new',
  plan: '/plans/shop',
  'plan-retention': '/plans/shop?tab=retention',
  'plan-test': '/plans/shop?tab=test',
  'plan-file': '/plans/shop?tab=file',
  'plan-edit': '/plans/shop/edit',
  runs: '/runs',
  'run-failed': `/runs/${failed}`,
  run: `/runs/${good}`,
  points: '/points?plan=shop',
  point: `/points/${good}`,
  'point-inside': `/points/${good}?tab=inside`,
  'point-proofs': `/points/${good}?tab=proofs`,
  drills: '/drills',
  drill: `/drills?drill=${good}@2026-11-20T03:10:00.000Z`,
  restore: '/restore',
  'restore-point': '/restore?plan=shop',
  'restore-what': `/restore?plan=shop&point=${good}`,
  'restore-check': `/restore?plan=shop&point=${good}&step=check`,
  'restore-confirm': `/restore?plan=shop&point=${good}&step=confirm`,
  restores: '/restores',
  alerts: '/alerts',
  alert: `/alerts/${alertId}`,
  storage: '/storage',
  audit: '/audit',
  evidence: '/evidence',
  settings: '/settings',
  'settings-care': '/settings?tab=care',
  nowhere: '/nowhere',
} as const;
