import parts from '../parts/parts.module.css';
import { chooseTheme, THEMES, useTheme } from '../state/theme';
import { t, tWord } from '../text/t';
import { momentText } from '../text/times';
import type { ConsoleSession } from '../types';
import styles from './pages.module.css';

const FEW_CODES = 3;

/** What the sign-in is, when it ends, and how the pages look. */
export function SessionPage({ session }: { session: ConsoleSession }) {
  const theme = useTheme((state) => state.theme);
  return (
    <>
      <h1>{t('session.title')}</h1>
      {session.recovery_codes <= FEW_CODES && (
        <p className={parts.problem}>{t('session.codesFew', { count: session.recovery_codes })}</p>
      )}
      <dl className={parts.facts}>
        <dt>{t('session.name')}</dt>
        <dd>{session.name}</dd>
        <dt>{t('session.role')}</dt>
        <dd>{tWord('role', session.role)}</dd>
        <dt>{t('session.may')}</dt>
        <dd>
          <ul className={styles.plain}>
            {session.permissions.map((permission) => (
              <li key={permission}>{tWord('permission', permission)}</li>
            ))}
          </ul>
        </dd>
        <dt>{t('session.began')}</dt>
        <dd>{momentText(session.signed_in_ms)}</dd>
        <dt>{t('session.ends')}</dt>
        <dd>{momentText(session.ends_ms)}</dd>
        <dt>{t('session.idle')}</dt>
        <dd>{t('session.idleMinutes', { minutes: Math.round(session.idle_ms / 60_000) })}</dd>
        <dt>{t('session.previous')}</dt>
        <dd>
          {session.previous_ms === null
            ? t('session.previousNone')
            : t('session.previousText', {
                time: momentText(session.previous_ms),
                address: session.previous_address ?? '?',
              })}
        </dd>
        <dt>{t('session.codes')}</dt>
        <dd>{session.recovery_codes}</dd>
      </dl>
      <fieldset className={styles.theme}>
        <legend>{t('session.theme')}</legend>
        {THEMES.map((one) => (
          <label key={one} className={styles.check}>
            <input
              type="radio"
              name="theme"
              checked={theme === one}
              onChange={() => chooseTheme(one)}
            />
            {t(`theme.${one}`)}
          </label>
        ))}
      </fieldset>
    </>
  );
}
