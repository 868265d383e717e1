import { Button } from '@croupier/ui';
import { useEffect } from 'react';
import { Redirect, Route, Router, Switch, useLocation } from 'wouter';
import styles from './App.module.css';
import { ActionsPage } from './pages/ActionsPage';
import { ChangeTablePage } from './pages/ChangeTablePage';
import { NewTablePage } from './pages/NewTablePage';
import { OperatorsPage } from './pages/OperatorsPage';
import { RoundPage } from './pages/RoundPage';
import { RoundsPage } from './pages/RoundsPage';
import { SessionPage } from './pages/SessionPage';
import { SignInPage } from './pages/SignInPage';
import { TablePage } from './pages/TablePage';
import { TablesPage } from './pages/TablesPage';
import { Boundary } from './parts/Boundary';
import { IdleWarning } from './parts/IdleWarning';
import { Navigation, PAGES } from './parts/Navigation';
import { Notice } from './parts/Notice';
import { Strip } from './parts/Strip';
import { startLive, stopLive } from './state/live';
import { may, openSession, useSession } from './state/session';
import { t, tWord } from './text/t';
import type { ConsoleSession } from './types';

/** The operators' pages: the shell that the whole back office lives in. */
export function App() {
  return (
    <Router base="/console">
      <a className={styles.skip} href="#content">
        {t('app.skip')}
      </a>
      <Frame />
    </Router>
  );
}

function Frame() {
  const { phase, session } = useSession();
  if (phase === 'inside' && session !== undefined) return <Inside session={session} />;
  return (
    <main id="content" className={styles.outside} tabIndex={-1}>
      {phase === 'opening' && <p role="status">{t('app.loading')}</p>}
      {phase === 'unreachable' && (
        <Notice title={t('app.name')} text={t('refused.unreachable_server')}>
          <Button look="main" onClick={() => void openSession()}>
            {t('app.retry')}
          </Button>
        </Notice>
      )}
      {phase === 'outside' && <SignInPage />}
    </main>
  );
}

function Inside({ session }: { session: ConsoleSession }) {
  const [location] = useLocation();
  const watches = may(session, 'tables.watch');
  useEffect(() => {
    if (!watches) return;
    startLive();
    return stopLive;
  }, [watches]);
  useEffect(() => {
    globalThis.scrollTo(0, 0);
    const page = PAGES.find(({ path }) => location.startsWith(path));
    document.title = `${page ? t(page.name) : t('missing.title')} – ${t('app.name')}`;
  }, [location]);
  return (
    <div className={styles.frame}>
      <header className={styles.header}>
        <Navigation session={session} />
        <Strip session={session} />
      </header>
      <IdleWarning session={session} />
      <main id="content" className={styles.content} tabIndex={-1}>
        <Boundary place={location}>
          <Pages session={session} />
        </Boundary>
      </main>
    </div>
  );
}

function Pages({ session }: { session: ConsoleSession }) {
  const home = PAGES.find(({ permission }) => permission === '' || may(session, permission));
  const allowed = (permission: string, page: React.ReactNode) =>
    may(session, permission) ? page : <Forbidden session={session} />;
  return (
    <Switch>
      <Route path="/">
        <Redirect to={home?.path ?? '/session'} replace />
      </Route>
      <Route path="/tables">{allowed('tables.watch', <TablesPage />)}</Route>
      <Route path="/tables/new">{allowed('tables.operate', <NewTablePage />)}</Route>
      <Route path="/tables/:id/change">
        {({ id }) => allowed('tables.operate', <ChangeTablePage key={id} id={decoded(id)} />)}
      </Route>
      <Route path="/tables/:id">
        {({ id }) =>
          allowed('tables.watch', <TablePage key={id} id={decoded(id)} session={session} />)
        }
      </Route>
      <Route path="/rounds">{allowed('rounds.view', <RoundsPage />)}</Route>
      <Route path="/rounds/:id">
        {({ id }) => allowed('rounds.view', <RoundPage key={id} id={decoded(id)} />)}
      </Route>
      <Route path="/actions">{allowed('actions.view', <ActionsPage />)}</Route>
      <Route path="/operators">{allowed('operators.view', <OperatorsPage />)}</Route>
      <Route path="/session">
        <SessionPage session={session} />
      </Route>
      <Route>
        <Notice title={t('missing.title')} text={t('missing.text')} />
      </Route>
    </Switch>
  );
}

function Forbidden({ session }: { session: ConsoleSession }) {
  return (
    <Notice
      title={t('forbidden.title')}
      text={t('forbidden.text', { role: tWord('role', session.role) })}
    />
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
