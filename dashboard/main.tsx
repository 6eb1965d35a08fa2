/** The console begins: what the deployment says of itself, words, who is signed in; then its pages. */
import './style/console.css';
import { focusManager, QueryClient } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { apiClient } from './api/client.ts';
import { mayRetry, question } from './api/use-api.ts';
import { App } from './app/app.tsx';
import { BootFailure } from './app/boot-failure.tsx';
import { applyTheme } from './app/preferences.ts';
import { router } from './app/routes.tsx';
import { readConfig } from './config.ts';
import { firstLook } from './pages/overview/first-look.ts';
import { openSession } from './session/session.ts';
import { loadTexts, preferredLanguage } from './text/text.ts';

/** What was known so long ago is asked again when a page that shows it is opened. */
const freshMs = 5_000;

applyTheme();
const place = document.getElementById('app');
if (!place) throw new Error('index.html has no #app');
const view = createRoot(place);
const language = preferredLanguage();
document.documentElement.lang = language;
const loading = loadTexts(language);

try {
  const config = await readConfig();
  const session = await openSession(config, (address) => window.history.replaceState({}, '', address));
  if (session) {
    const client = apiClient(config.apiUrl, session);
    const queries = new QueryClient({
      defaultOptions: {
        queries: { staleTime: freshMs, retry: mayRetry, refetchOnWindowFocus: true, networkMode: 'always' },
        mutations: { retry: false, networkMode: 'always' },
      },
    });
    focusManager.setEventListener((listen) => {
      const seen = () => listen(!document.hidden);
      document.addEventListener('visibilitychange', seen);
      return () => document.removeEventListener('visibilitychange', seen);
    });
    // Together, not one after the other: who it is, the page's code, and what the overview shows.
    const { pathname } = window.location;
    void queries.prefetchQuery(question(client, '/v1/me'));
    if (pathname === '/') void queries.prefetchQuery(question(client, '/v1/overview', firstLook));
    void router.preloadRoute({ to: pathname as '/' });
    const texts = await loading;
    view.render(<App {...{ config, session, client, queries, router, language, texts }} />);
  }
} catch (thrown) {
  view.render(<BootFailure thrown={thrown} texts={await loading} />);
}
