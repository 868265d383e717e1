import { Link, useRoute } from 'wouter';
import { may } from '../state/session';
import type { TextName } from '../text/english';
import { t } from '../text/t';
import type { ConsoleSession } from '../types';
import styles from './parts.module.css';

interface Page {
  readonly path: string;
  readonly name: TextName;
  /** What the role must have; empty where nothing. */
  readonly permission: string;
}

/** The pages of the back office, in the order in which they are shown. */
export const PAGES: readonly Page[] = [
  { path: '/tables', name: 'nav.tables', permission: 'tables.watch' },
  { path: '/rounds', name: 'nav.rounds', permission: 'rounds.view' },
  { path: '/actions', name: 'nav.actions', permission: 'actions.view' },
  { path: '/operators', name: 'nav.operators', permission: 'operators.view' },
  { path: '/session', name: 'nav.session', permission: '' },
];

/** The way to the pages that the role opens. */
export function Navigation({ session }: { session: ConsoleSession }) {
  return (
    <nav className={styles.navigation} aria-label={t('nav.label')}>
      {PAGES.filter(({ permission }) => permission === '' || may(session, permission)).map(
        (page) => (
          <Item key={page.path} page={page} />
        ),
      )}
    </nav>
  );
}

function Item({ page }: { page: Page }) {
  const [here] = useRoute(page.path);
  const [below] = useRoute(`${page.path}/*`);
  return (
    <Link
      href={page.path}
      className={styles.item}
      aria-current={here ? 'page' : below ? 'true' : undefined}
    >
      {t(page.name)}
    </Link>
  );
}
