import { Gamepad2, History, Settings } from 'lucide-react';
import { Link, useRoute } from 'wouter';
import { t } from '../text/t';
import styles from './Navigation.module.css';

/** The way to the main pages. */
export function Navigation() {
  return (
    <nav className={styles.navigation} aria-label={t('nav.label')}>
      <Item to="/" also="/play/:game" text={t('nav.lobby')} icon={<Gamepad2 aria-hidden />} />
      <Item
        to="/history"
        also="/history/:round"
        text={t('nav.history')}
        icon={<History aria-hidden />}
      />
      <Item
        to="/settings"
        also="/settings"
        text={t('nav.settings')}
        icon={<Settings aria-hidden />}
      />
    </nav>
  );
}

interface ItemProps {
  readonly to: string;
  readonly also: string;
  readonly text: string;
  readonly icon: React.ReactNode;
}

function Item({ to, also, text, icon }: ItemProps) {
  const [here] = useRoute(to);
  const [below] = useRoute(also);
  return (
    <Link
      href={to}
      className={styles.item}
      aria-current={here ? 'page' : below ? 'true' : undefined}
    >
      {icon}
      <span>{text}</span>
    </Link>
  );
}
