/** What every page stands in: words, the API, who is signed in, and what was said. */
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import type { Api } from '../api/client.ts';
import { ApiContext, useApi } from '../api/use-api.ts';
import type { ConsoleConfig } from '../config.ts';
import { Failure } from '../kit/states.tsx';
import type { Session } from '../session/session.ts';
import { type Language, TextContext, type Texts, useText } from '../text/text.ts';
import { Announcer } from './announcer.tsx';
import type { router as consoleRouter } from './routes.tsx';
import { SignedInContext } from './session-context.ts';
import { SessionEnded } from './session-ended.tsx';

export interface AppProps {
  readonly config: ConsoleConfig;
  readonly session: Session;
  readonly client: Api;
  readonly queries: QueryClient;
  readonly router: typeof consoleRouter;
  readonly language: Language;
  readonly texts: Texts;
}

export function App({ client, queries, language, texts, ...rest }: AppProps) {
  const words = useMemo(() => ({ language, texts }), [language, texts]);
  return (
    <TextContext value={words}>
      <I18nProvider locale={language}>
        <QueryClientProvider client={queries}>
          <ApiContext value={client}>
            <Announcer>
              <WhoIsThere {...rest} />
            </Announcer>
          </ApiContext>
        </QueryClientProvider>
      </I18nProvider>
    </TextContext>
  );
}

/** Until the API has said who it is that signed in, nobody is anybody. */
function WhoIsThere({ config, session, router }: Pick<AppProps, 'config' | 'session' | 'router'>) {
  const text = useText('shell');
  const [signedIn, setSignedIn] = useState(true);
  useEffect(() => session.onChange(setSignedIn), [session]);
  const me = useApi('/v1/me');
  const there = useMemo(() => me.data && { config, session, me: me.data }, [config, session, me.data]);
  if (!there) {
    return (
      <main className="boot">
        {me.error ? (
          <Failure problem={me.error} onRetry={() => void me.refetch()} />
        ) : (
          <p role="status">{text.starting}</p>
        )}
        {me.error && (
          <button type="button" className="button" onClick={() => void session.signOut()}>
            {text.signOut}
          </button>
        )}
      </main>
    );
  }
  return (
    <SignedInContext value={there}>
      <RouterProvider router={router} />
      {!signedIn && <SessionEnded />}
    </SignedInContext>
  );
}
