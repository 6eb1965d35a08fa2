/** The frame of every page: where one is, where one can go, what is wrong, and the way to a restore from anywhere. */
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useApi } from '../api/use-api.ts';
import { Icon, type IconName } from '../kit/icon.tsx';
import { Link } from '../kit/link.tsx';
import { useText } from '../text/text.ts';
import { AccountMenu } from './account-menu.tsx';
import { Offline } from './offline.tsx';
import { useSignedIn } from './session-context.ts';

const places = [
  ['/', 'overview', 'home'],
  ['/plans', 'plans', 'plan'],
  ['/runs', 'runs', 'run'],
  ['/points', 'points', 'point'],
  ['/restores', 'restores', 'restore'],
  ['/drills', 'drills', 'proof'],
  ['/alerts', 'alerts', 'alert'],
  ['/storage', 'storage', 'storage'],
  ['/evidence', 'evidence', 'evidence'],
  ['/audit', 'audit', 'audit'],
  ['/settings', 'settings', 'settings'],
] as const satisfies readonly (readonly [string, string, IconName])[];

export function Shell() {
  const text = useText('shell');
  const { config } = useSignedIn();
  const main = useRef<HTMLElement>(null);
  const drawer = useRef<HTMLDialogElement>(null);
  const path = useRouterState({ select: ({ location }) => location.pathname });
  // Once its page is there: until it was fetched, the heading is the one of the page before.
  const arrived = useRouterState({
    select: ({ location, resolvedLocation }) => (resolvedLocation ?? location).pathname,
  });
  useFocusOnArrival(arrived, main);
  // biome-ignore lint/correctness/useExhaustiveDependencies: arriving somewhere closes it.
  useEffect(() => drawer.current?.close(), [path]);
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {text.skip}
      </a>
      <header className="top">
        <button
          type="button"
          className="top-menu"
          aria-haspopup="dialog"
          onClick={() => drawer.current?.showModal()}
        >
          <Icon name="menu" />
          <span className="visually-hidden">{text.menu}</span>
        </button>
        <Link to="/" className="brand">
          <Icon name="mark" />
          <span>Holdfast</span>
          <span className="brand-stack">{config.stackName}</span>
        </Link>
        <Link to="/restore" className="button button-small top-restore">
          <Icon name="restore" />
          {text.restore}
        </Link>
        <AccountMenu />
      </header>
      <dialog
        ref={drawer}
        className="drawer"
        aria-label={text.menu}
        onClick={(event) => event.target === drawer.current && drawer.current?.close()}
        onKeyDown={(event) => event.key === 'Escape' && drawer.current?.close()}
      >
        <button type="button" className="drawer-close" onClick={() => drawer.current?.close()}>
          <Icon name="close" />
          <span className="visually-hidden">{text.close}</span>
        </button>
        <Places path={path} />
      </dialog>
      <div className="shell-side">
        <Places path={path} />
      </div>
      <main id="main" ref={main} tabIndex={-1}>
        <Offline />
        <Outlet />
      </main>
    </div>
  );
}

/** The count of open alerts is asked for once a minute on every page: it is what a person must not miss. */
const alertsEveryMs = 60_000;

function Places({ path }: { readonly path: string }) {
  const text = useText('shell');
  const alerts = useApi('/v1/alerts', { params: { query: { limit: 100 } } }, { every: alertsEveryMs });
  const open = alerts.data?.items.length ?? 0;
  return (
    <nav aria-label={text.menu}>
      <ul className="places">
        {places.map(([to, name, icon]) => (
          <li key={to}>
            <Link to={to} aria-current={isAt(path, to) ? 'page' : undefined}>
              <Icon name={icon} />
              {text.places[name]}
              {name === 'alerts' && open > 0 && (
                <span className="count">
                  {open}
                  <span className="visually-hidden"> {text.openAlerts(open)}</span>
                </span>
              )}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

const isAt = (path: string, to: string) =>
  to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);

/** A reader of the screen hears that the page is another one: its heading has the focus. Not on the first page. */
function useFocusOnArrival(path: string, main: React.RefObject<HTMLElement | null>) {
  const first = useRef(path);
  useEffect(() => {
    if (first.current === path) return;
    first.current = '';
    const frame = requestAnimationFrame(() =>
      (main.current?.querySelector<HTMLElement>('h1') ?? main.current)?.focus(),
    );
    return () => cancelAnimationFrame(frame);
  }, [path, main]);
}
