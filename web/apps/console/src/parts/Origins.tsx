import styles from '../pages/pages.module.css';
import { useAnswer } from '../state/answer';
import { type TermsName, textOf } from '../state/terms';
import { t, tWord } from '../text/t';
import { momentText } from '../text/times';
import type { TableRow, TableTerms, ValueOrigin } from '../types';
import parts from './parts.module.css';
import { Wide } from './Wide';

/** What a table takes, and of each value who set it, when and why. */
export function Origins({ row }: { readonly row: TableRow }) {
  // The page asks by itself: that is no use of the sign-in.
  const path = `/tables/${encodeURIComponent(row.id)}/terms?use=no`;
  const { value: terms } = useAnswer<TableTerms>(path);
  if (terms?.origins === undefined) return null;
  const text = textOf(terms);
  const shown = (field: string): readonly [name: string, value: string] => {
    if (field === 'state') return [t('origins.state'), tWord('state', row.state)];
    if (!Object.hasOwn(text, field)) return [field, '–'];
    const name = field as TermsName;
    return [t(`terms.${name}`, { currency: terms.currency }), text[name] || t('origins.usual')];
  };
  return (
    <section aria-labelledby="origins-title" className={styles.part}>
      <h2 id="origins-title">{t('origins.title')}</h2>
      <Wide label={t('origins.title')}>
        <table className={parts.table}>
          <thead>
            <tr>
              <th scope="col">{t('origins.value')}</th>
              <th scope="col">{t('origins.is')}</th>
              <th scope="col">{t('origins.from')}</th>
              <th scope="col">{t('origins.when')}</th>
              <th scope="col">{t('origins.why')}</th>
            </tr>
          </thead>
          <tbody>
            {terms.origins.map((origin) => (
              <Value
                key={origin.field}
                shown={shown(origin.field)}
                origin={origin}
                state={row.state}
              />
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  );
}

interface ValueProps {
  readonly shown: readonly [name: string, value: string];
  readonly origin: ValueOrigin;
  readonly state: string;
}

function Value({ shown: [name, value], origin, state }: ValueProps) {
  // The settings say nothing of it, so that a table which is not open has been set by somebody.
  const unknown = origin.field === 'state' && state !== 'open';
  return (
    <tr>
      <td>{name}</td>
      <td>{value}</td>
      <td>
        {origin.origin === 'config'
          ? t(unknown ? 'origins.unknown' : 'origins.config')
          : origin.origin.replace(/^\w+:/, '')}
      </td>
      <td className={parts.nowrap}>{origin.at_ms === null ? '–' : momentText(origin.at_ms)}</td>
      <td>{origin.reason ?? '–'}</td>
    </tr>
  );
}
