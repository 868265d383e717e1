import { Link } from 'wouter';
import { t } from '../text/t';
import styles from './Notice.module.css';

/** For an address, or a game, that is not there. */
export function NotFound({ text = t('missing.text') }: { text?: string }) {
  return (
    <section className={styles.notice}>
      <h1>{t('missing.title')}</h1>
      <p>{text}</p>
      <Link href="/" className={styles.link}>
        {t('nav.back')}
      </Link>
    </section>
  );
}
