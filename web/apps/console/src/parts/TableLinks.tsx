import { Link } from 'wouter';
import { may, useSession } from '../state/session';
import { t } from '../text/t';
import styles from './parts.module.css';

/** The way to the form for a new table, for whoever may make one. */
export function NewTableLink() {
  return <Operators href="/tables/new" text={t('make.link')} />;
}

/** The way to the form that changes a table, for whoever may change it. */
export function ChangeTableLink({ id }: { id: string }) {
  return <Operators href={`/tables/${encodeURIComponent(id)}/change`} text={t('change.link')} />;
}

function Operators({ href, text }: { href: string; text: string }) {
  const session = useSession((state) => state.session);
  if (session === undefined || !may(session, 'tables.operate')) return null;
  return (
    <p>
      <Link href={href} className={styles.link}>
        {text}
      </Link>
    </p>
  );
}
