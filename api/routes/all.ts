/** All routes of the API: a file of routes is added here, and its entries in ../roles.ts. */
import type { Route } from '../route.ts';
import { alertRoutes } from './alerts.ts';
import { auditRoutes } from './audit.ts';
import { backupRoutes } from './backups.ts';
import { cleanupRoutes } from './cleanup.ts';
import { contentsRoutes } from './contents.ts';
import { drillRoutes } from './drills.ts';
import { evidenceRoutes } from './evidence.ts';
import { healthRoutes } from './health.ts';
import { logRoutes } from './log.ts';
import { meRoutes } from './me.ts';
import { metricsRoutes } from './metrics.ts';
import { openapiRoute } from './openapi.ts';
import { overviewRoutes } from './overview.ts';
import { pauseRoutes } from './pause.ts';
import { planRoutes } from './plans.ts';
import { preflightRoutes } from './preflight.ts';
import { publicStatusRoutes } from './public-status.ts';
import { restoreRoutes } from './restores.ts';
import { retentionRoutes } from './retention.ts';
import { runRoutes } from './runs.ts';
import { settingsRoutes } from './settings.ts';
import { signInRoutes } from './sign-in-facts.ts';
import { statsRoutes } from './stats.ts';
import { statusRoutes } from './status.ts';

export const routes: readonly Route[] = [
  ...healthRoutes,
  openapiRoute(() => routes),
  ...signInRoutes,
  ...publicStatusRoutes,
  ...meRoutes,
  ...overviewRoutes,
  ...statusRoutes,
  ...metricsRoutes,
  ...alertRoutes,
  ...auditRoutes,
  ...planRoutes,
  ...pauseRoutes,
  ...backupRoutes,
  ...contentsRoutes,
  ...preflightRoutes,
  ...restoreRoutes,
  ...runRoutes,
  ...logRoutes,
  ...statsRoutes,
  ...evidenceRoutes,
  ...settingsRoutes,
  ...drillRoutes,
  ...retentionRoutes,
  ...cleanupRoutes,
];
