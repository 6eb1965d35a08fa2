/** All routes of the API: a file of routes is added here, and its entries in ../roles.ts. */
import type { Route } from '../route.ts';
import { alertRoutes } from './alerts.ts';
import { auditRoutes } from './audit.ts';
import { backupRoutes } from './backups.ts';
import { cleanupRoutes } from './cleanup.ts';
import { healthRoutes } from './health.ts';
import { metricsRoutes } from './metrics.ts';
import { openapiRoute } from './openapi.ts';
import { pauseRoutes } from './pause.ts';
import { planRoutes } from './plans.ts';
import { restoreRoutes } from './restores.ts';
import { retentionRoutes } from './retention.ts';
import { runRoutes } from './runs.ts';
import { statsRoutes } from './stats.ts';
import { statusRoutes } from './status.ts';

export const routes: readonly Route[] = [
  ...healthRoutes,
  openapiRoute(() => routes),
  ...statusRoutes,
  ...metricsRoutes,
  ...alertRoutes,
  ...auditRoutes,
  ...planRoutes,
  ...pauseRoutes,
  ...backupRoutes,
  ...restoreRoutes,
  ...runRoutes,
  ...statsRoutes,
  ...retentionRoutes,
  ...cleanupRoutes,
];
