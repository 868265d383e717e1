import styles from '../pages/pages.module.css';
import { useLive } from '../state/live';
import { byGame, byNode } from '../state/nodes';
import { t, tWord } from '../text/t';
import parts from './parts.module.css';
import { Wide } from './Wide';

/** Totals of private tables by game, of the whole casino. */
export function PrivateTables() {
  const rows = byGame(useLive((state) => state.private));
  return (
    <section aria-labelledby="private-title" className={styles.part}>
      <h2 id="private-title">{t('tables.privateTitle')}</h2>
      <p className={parts.help}>{t('tables.privateText')}</p>
      {rows.length === 0 ? (
        <p className={parts.muted}>{t('tables.privateNone')}</p>
      ) : (
        <Wide label={t('tables.privateTitle')}>
          <table className={parts.table}>
            <thead>
              <tr>
                <th scope="col">{t('column.game')}</th>
                <Amount>{t('column.players')}</Amount>
                <Amount>{t('column.rounds')}</Amount>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.game}>
                  <td>{row.title}</td>
                  <td className={parts.number}>{row.players}</td>
                  <td className={parts.number}>{row.rounds}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </section>
  );
}

/** What goes on at each node. */
export function Nodes() {
  const tables = useLive((state) => state.tables);
  const rows = useLive((state) => state.private);
  const living = useLive((state) => state.nodes);
  const nodes = byNode(tables.values(), rows, living);
  if (nodes.length === 0) return null;
  return (
    <section aria-labelledby="nodes-title" className={styles.part}>
      <h2 id="nodes-title">{t('nodes.title')}</h2>
      <Wide label={t('nodes.title')}>
        <table className={parts.table}>
          <thead>
            <tr>
              <th scope="col">{t('column.node')}</th>
              <th scope="col">{t('nodes.program')}</th>
              <th scope="col">{t('column.state')}</th>
              <Amount>{t('nodes.tables')}</Amount>
              <Amount>{t('nodes.players')}</Amount>
              <Amount>{t('nodes.privatePlayers')}</Amount>
              <Amount>{t('nodes.privateRounds')}</Amount>
            </tr>
          </thead>
          <tbody>
            {nodes.map((row) => (
              <tr key={row.node}>
                <td>{row.node}</td>
                <td>{row.program || '–'}</td>
                <td>{row.state === '' ? '–' : tWord('node', row.state)}</td>
                <td className={parts.number}>{row.tables}</td>
                <td className={parts.number}>{row.players}</td>
                <td className={parts.number}>{row.privatePlayers}</td>
                <td className={parts.number}>{row.privateRounds}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  );
}

function Amount({ children }: { readonly children: string }) {
  return (
    <th scope="col" className={parts.number}>
      {children}
    </th>
  );
}
