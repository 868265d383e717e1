import { MoneyContext } from '@croupier/ui';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import styles from './App.module.css';
import { ElsewherePage } from './pages/ElsewherePage';
import { LobbyPage } from './pages/LobbyPage';
import { WelcomePage } from './pages/WelcomePage';
import { Banners } from './shell/Banners';
import { Boundary } from './shell/Boundary';
import { Loading } from './shell/Loading';
import { Navigation } from './shell/Navigation';
import { NotFound } from './shell/NotFound';
import { SessionStrip } from './shell/SessionStrip';
import { UpdateToast } from './shell/UpdateToast';
import { useCasino } from './state/casino';
import { useSettings } from './state/settings';
import { t } from './text/t';

const GamePage = lazy(() => import('./pages/GamePage'));
const LivePage = lazy(() => import('./pages/LivePage'));
const HelpPage = lazy(() => import('./pages/HelpPage'));
const HistoryPage = lazy(() => import('./pages/HistoryPage'));
const RoundPage = lazy(() => import('./pages/RoundPage'));
const VerifyPage = lazy(() => import('./pages/VerifyPage'));
const SettingsPage = lazy(() => import('./pages/SettingsPage'));

/** The whole client. */
export function App() {
  const welcome = useCasino((state) => state.welcome);
  const theme = useSettings((state) => state.theme);
  const code = welcome?.currency ?? 'EUR';
  const exponent = welcome?.exponent ?? 2;
  const currency = useMemo(() => ({ code, exponent }), [code, exponent]);
  useEffect(() => {
    if (theme === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <MoneyContext value={currency}>
      <a className={styles.skip} href="#content">
        {t('app.skip')}
      </a>
      <Frame />
      <UpdateToast />
    </MoneyContext>
  );
}

/** What surrounds the page depends on where the session is. */
function Frame() {
  const phase = useCasino((state) => state.phase);
  if (phase !== 'live') {
    return (
      <div className={styles.frame}>
        <Banners />
        <main id="content" className={styles.content} tabIndex={-1}>
          <Boundary place="outside">
            <Suspense fallback={<Loading />}>
              <Outside />
            </Suspense>
          </Boundary>
        </main>
      </div>
    );
  }
  return <Inside />;
}

/** Without a session a proof can be checked all the same. */
function Outside() {
  const phase = useCasino((state) => state.phase);
  return (
    <Switch>
      <Route path="/verify">
        <VerifyPage />
      </Route>
      <Route>{phase === 'elsewhere' ? <ElsewherePage /> : <WelcomePage />}</Route>
    </Switch>
  );
}

function Inside() {
  const [location] = useLocation();
  useEffect(() => {
    globalThis.scrollTo(0, 0);
    document.title = `${titleOf(location)} – ${t('app.name')}`;
  }, [location]);
  return (
    <div className={styles.frame}>
      <header className={styles.header}>
        <Navigation />
        <SessionStrip />
      </header>
      <Banners />
      <main id="content" className={styles.content} tabIndex={-1}>
        <Boundary place={location}>
          <Suspense fallback={<Loading />}>
            <Pages />
          </Suspense>
        </Boundary>
      </main>
    </div>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/">
        <LobbyPage />
      </Route>
      <Route path="/play/:game">{({ game }) => <GamePage key={game} name={game} />}</Route>
      <Route path="/live/:table">{({ table }) => <LivePage key={table} id={table} />}</Route>
      <Route path="/help/:game">{({ game }) => <HelpPage name={game} />}</Route>
      <Route path="/history">
        <HistoryPage />
      </Route>
      <Route path="/history/:round">{({ round }) => <RoundPage key={round} id={round} />}</Route>
      <Route path="/verify">
        <VerifyPage />
      </Route>
      <Route path="/settings">
        <SettingsPage />
      </Route>
      <Route path="/index.html">
        <Redirect to="/" />
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

function titleOf(location: string): string {
  if (location.startsWith('/history')) return t('nav.history');
  if (location.startsWith('/settings')) return t('nav.settings');
  if (location.startsWith('/verify')) return t('verify.title');
  return t('nav.lobby');
}
