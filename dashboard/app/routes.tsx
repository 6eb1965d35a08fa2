/** Every address of the console, and which page is there. Pages are fetched when they are first gone to. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { Broken } from './broken.tsx';
import { Lost } from './lost.tsx';
import { Shell } from './shell.tsx';

const root = createRootRoute({ component: Shell, notFoundComponent: Lost });

const page = <P extends string>(path: P, load: () => Promise<{ readonly default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) });

const tree = root.addChildren([
  page('/', () => import('../pages/overview/page.tsx')),
  page('/welcome', () => import('../pages/welcome/page.tsx')),
  page('/plans', () => import('../pages/plans/page.tsx')),
  page('/plans/new', () => import('../pages/plan-edit/page.tsx')),
  page('/plans/$planId', () => import('../pages/plan/page.tsx')),
  page('/plans/$planId/edit', () => import('../pages/plan-edit/page.tsx')),
  page('/runs', () => import('../pages/runs/page.tsx')),
  page('/runs/$backupId', () => import('../pages/run/page.tsx')),
  page('/points', () => import('../pages/points/page.tsx')),
  page('/points/$backupId', () => import('../pages/point/page.tsx')),
  page('/drills', () => import('../pages/drills/page.tsx')),
  page('/restore', () => import('../pages/restore/page.tsx')),
  page('/restores', () => import('../pages/restores/page.tsx')),
  page('/restores/$restoreId', () => import('../pages/restore-live/page.tsx')),
  page('/alerts', () => import('../pages/alerts/page.tsx')),
  page('/alerts/$alertId', () => import('../pages/alert/page.tsx')),
  page('/storage', () => import('../pages/storage/page.tsx')),
  page('/audit', () => import('../pages/audit/page.tsx')),
  page('/evidence', () => import('../pages/evidence/page.tsx')),
  page('/settings', () => import('../pages/settings/page.tsx')),
]);

/** Addresses are read and written as they look: `?plan=shop`, never `?plan="shop"`. */
export const router = createRouter({
  routeTree: tree,
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const given = Object.entries(search as Record<string, string>).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(given).toString();
    return text === '' ? '' : `?${text}`;
  },
  defaultPreload: 'intent',
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
