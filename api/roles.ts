/**
 * The table of routes and roles. A route takes its role from here by its name (`GET /v1/plans`) and nowhere else: one
 * without an entry does not compile. docs/api.md shows the same table; a test compares the two.
 */
import type { Role } from '../core/control/actor.ts';

/** `public`: nobody needs to sign in. Where a handler asks for more in some cases, docs/api.md says so. */
export type Access = 'public' | Role;

export const access = {
  'GET /v1/health': 'public',
  'GET /v1/openapi.json': 'public',
  'GET /v1/sign-in': 'public',
  'GET /v1/public-status': 'public',

  'GET /v1/me': 'viewer',
  'GET /v1/overview': 'viewer',
  'GET /v1/status': 'viewer',
  'GET /v1/metrics': 'viewer',
  'GET /v1/stats': 'viewer',
  'GET /v1/evidence': 'viewer',
  'GET /v1/settings': 'viewer',
  'GET /v1/drills': 'viewer',

  'GET /v1/alerts': 'viewer',
  'GET /v1/alerts/{alertId}': 'viewer',
  'POST /v1/alerts/{alertId}/acknowledge': 'operator',
  'POST /v1/alerts/{alertId}/unacknowledge': 'operator',

  'GET /v1/plans': 'viewer',
  'POST /v1/plans': 'admin',
  'POST /v1/plans/test': 'operator',
  'GET /v1/plans/{planId}': 'viewer',
  'PUT /v1/plans/{planId}': 'admin',
  'DELETE /v1/plans/{planId}': 'admin',
  'POST /v1/plans/{planId}/test': 'operator',
  'POST /v1/plans/{planId}/enable': 'admin',
  'POST /v1/plans/{planId}/disable': 'admin',
  'POST /v1/plans/{planId}/pause': 'admin',
  'POST /v1/plans/{planId}/resume': 'admin',
  'POST /v1/pause': 'admin',
  'POST /v1/resume': 'admin',

  'GET /v1/backups': 'viewer',
  'POST /v1/backups': 'operator',
  'GET /v1/backups/{backupId}': 'viewer',
  'DELETE /v1/backups/{backupId}': 'admin',
  'POST /v1/backups/{backupId}/undelete': 'admin',
  'POST /v1/backups/{backupId}/verify': 'operator',
  'POST /v1/backups/{backupId}/preflight': 'operator',
  'POST /v1/backups/{backupId}/restore': 'operator',
  'POST /v1/backups/{backupId}/contents': 'viewer',
  'POST /v1/backups/{backupId}/report': 'viewer',
  'POST /v1/backups/{backupId}/download': 'admin',
  'POST /v1/backups/{backupId}/pin': 'operator',
  'POST /v1/backups/{backupId}/unpin': 'admin',

  'GET /v1/restore-points': 'viewer',
  'POST /v1/restore-points': 'operator',

  'GET /v1/restores': 'viewer',
  'GET /v1/restores/{restoreId}': 'viewer',
  'POST /v1/restores/{restoreId}/cancel': 'operator',

  'POST /v1/runs': 'operator',
  'GET /v1/runs/{taskId}': 'viewer',

  'GET /v1/log': 'viewer',

  'POST /v1/retention/preview': 'viewer',
  'POST /v1/cleanup': 'admin',

  'GET /v1/audit': 'admin',
  'GET /v1/audit/export': 'admin',
} as const satisfies Record<`${'GET' | 'POST' | 'PUT' | 'DELETE'} /v1/${string}`, Access>;

export type RouteName = keyof typeof access;
