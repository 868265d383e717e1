import { Button } from '@croupier/ui';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { type Action, ActionDialog } from '../parts/ActionDialog';
import { StateBadge } from '../parts/Badge';
import { Money } from '../parts/Money';
import { Notice } from '../parts/Notice';
import { Origins } from '../parts/Origins';
import { PhaseClock } from '../parts/PhaseClock';
import parts from '../parts/parts.module.css';
import { ChangeTableLink } from '../parts/TableLinks';
import { Wide } from '../parts/Wide';
import { type Followed, follow, type LiveRow, useLive } from '../state/live';
import { may } from '../state/session';
import { t } from '../text/t';
import { clockText, momentText } from '../text/times';
import type { ConsoleSession, FinishedRound, Seat, TableRow } from '../types';
import styles from './pages.module.css';

/** One table: what is happening there, what has, and what may be done to it. */
export function TablePage({ id, session }: { id: string; session: ConsoleSession }) {
  const followed = useLive((state) => state.followed);
  const live = useLive((state) => state.tables.get(id));
  useEffect(() => {
    follow(id);
    return () => follow(undefined);
  }, [id]);
  const detail = followed?.id === id ? followed.table : undefined;
  const row = live ?? detail?.row;
  return (
    <>
      <p>
        <Link href="/tables" className={parts.link}>
          ← {t('table.back')}
        </Link>
      </p>
      {row === undefined && detail === undefined && <p role="status">{t('table.loading')}</p>}
      {row === undefined && detail === null && <Notice title={id} text={t('table.gone')} />}
      {row !== undefined && (
        <>
          <header className={styles.tableHead}>
            <h1>{row.title}</h1>
            <StateBadge state={row.state} />
          </header>
          {detail === null && <p role="alert">{t('table.gone')}</p>}
          {row.alerts.length > 0 && (
            <ul className={parts.problem} aria-label={t('column.alerts')}>
              {row.alerts.map((alert) => (
                <li key={alert}>{alert}</li>
              ))}
            </ul>
          )}
          <Actions row={row} session={session} />
          <div className={styles.columns}>
            <Facts row={row} until={live?.until ?? null} />
            <Events followed={followed} row={row} />
          </div>
          <Seats seats={detail?.seats ?? []} row={row} />
          <Rounds rounds={detail?.rounds ?? []} row={row} session={session} />
          {/* Asked for anew when what it tells has changed. */}
          <Origins key={`${row.state} ${row.seats} ${row.node}`} row={row} />
        </>
      )}
    </>
  );
}

function Facts({ row, until }: { row: TableRow; until: LiveRow['until'] }) {
  return (
    <section aria-labelledby="facts-title" className={styles.part}>
      <h2 id="facts-title">{t('table.facts')}</h2>
      <dl className={parts.facts}>
        <dt>{t('column.game')}</dt>
        <dd>{row.game}</dd>
        <dt>{t('column.phase')}</dt>
        <dd>
          <PhaseClock phase={row.phase} until={until} />
        </dd>
        <dt>{t('table.round')}</dt>
        <dd>{row.round ?? t('table.noRound')}</dd>
        <dt>{t('column.players')}</dt>
        <dd>
          {row.seats > 0
            ? t('table.seatsTaken', { taken: row.players, all: row.seats })
            : row.players}
        </dd>
        <dt>{t('column.watchers')}</dt>
        <dd>{row.watchers}</dd>
        <dt>{t('column.held')}</dt>
        <dd>
          <Money amount={row.held} of={row} />
        </dd>
        <dt>{t('column.last_result')}</dt>
        <dd>{row.last_result || '–'}</dd>
        <dt>{t('column.node')}</dt>
        <dd>{row.node}</dd>
      </dl>
    </section>
  );
}

/** Which actions fit the state of a table. The table decides; this only leaves out what it would
 * refuse. */
function fitting(row: TableRow, session: ConsoleSession): readonly Action[] {
  const found: Action[] = [];
  if (may(session, 'tables.operate')) {
    if (row.state === 'open') found.push('pause');
    if (row.state === 'paused') found.push('resume');
    if (row.state === 'open' || row.state === 'paused') found.push('close');
    if (row.state === 'closed' || row.state === 'closing') found.push('open');
  }
  if (may(session, 'rounds.void') && row.round !== null) found.push('void');
  return found;
}

function Actions({ row, session }: { row: TableRow; session: ConsoleSession }) {
  const [asked, setAsked] = useState<{ action: Action; round: string | null }>();
  const [told, setTold] = useState('');
  const operates = may(session, 'tables.operate') || may(session, 'rounds.void');
  return (
    <section aria-label={t('table.actions')} className={styles.part}>
      {!operates && <p className={parts.muted}>{t('table.actionsNone')}</p>}
      <div className={parts.buttons}>
        {fitting(row, session).map((action) => (
          <Button
            key={action}
            onClick={() => {
              setTold('');
              setAsked({ action, round: row.round });
            }}
          >
            {t(`action.${action}`)}
          </Button>
        ))}
      </div>
      <ChangeTableLink id={row.id} />
      <div role="status">{told !== '' && <p className={parts.done}>{told}</p>}</div>
      {asked !== undefined && (
        <ActionDialog
          action={asked.action}
          row={row}
          round={asked.round}
          close={(said) => {
            setAsked(undefined);
            if (said !== undefined) setTold(said);
          }}
        />
      )}
    </section>
  );
}

function Events({ followed, row }: { followed: Followed | undefined; row: TableRow }) {
  const events = followed?.id === row.id ? followed.events : [];
  const missed = followed?.missed ?? 0;
  return (
    <section aria-labelledby="events-title" className={styles.part}>
      <h2 id="events-title">{t('table.events')}</h2>
      {missed > 0 && <p className={parts.muted}>{t('table.eventsMissed', { count: missed })}</p>}
      {events.length === 0 ? (
        <p className={parts.muted}>{t('table.eventsNone')}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls is reached by key
        <ol className={styles.events} tabIndex={0} aria-label={t('table.events')}>
          {events.map((event) => (
            <li key={event.number} data-kind={event.kind}>
              <time className={parts.muted}>{clockText(event.at_ms)}</time>{' '}
              {event.seat !== null && <>{t('round.seat', { seat: event.seat + 1 })}: </>}
              {event.text}
              {event.amount !== null && (
                <>
                  {' '}
                  <Money amount={event.amount} of={row} />
                </>
              )}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Seats({ seats, row }: { seats: readonly Seat[]; row: TableRow }) {
  return (
    <section aria-labelledby="seats-title" className={styles.part}>
      <h2 id="seats-title">{t('table.seatsTitle')}</h2>
      {seats.length === 0 ? (
        <p className={parts.muted}>{t('table.seatsNone')}</p>
      ) : (
        <Wide label={t('table.seatsTitle')}>
          <table className={parts.table}>
            <thead>
              <tr>
                <th scope="col">{t('table.seat')}</th>
                <th scope="col">{t('table.player')}</th>
                <th scope="col" className={parts.number}>
                  {t('column.held')}
                </th>
                <th scope="col">{t('table.bets')}</th>
                <th scope="col">{t('table.note')}</th>
              </tr>
            </thead>
            <tbody>
              {seats.map((seat) => (
                <tr key={seat.seat}>
                  <td>{seat.seat + 1}</td>
                  <td>
                    {seat.player}
                    {!seat.connected && ` (${t('table.away')})`}
                  </td>
                  <td className={parts.number}>
                    <Money amount={seat.held} of={row} />
                  </td>
                  <td>
                    {seat.bets.map((bet) => (
                      <div key={bet.bet}>
                        {bet.bet}: <Money amount={bet.stake} of={row} />
                      </div>
                    ))}
                  </td>
                  <td>{seat.note}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </section>
  );
}

interface RoundsProps {
  readonly rounds: readonly FinishedRound[];
  readonly row: TableRow;
  readonly session: ConsoleSession;
}

function Rounds({ rounds, row, session }: RoundsProps) {
  return (
    <section aria-labelledby="history-title" className={styles.part}>
      <h2 id="history-title">{t('table.history')}</h2>
      {rounds.length === 0 ? (
        <p className={parts.muted}>{t('table.historyNone')}</p>
      ) : (
        <Wide label={t('table.history')}>
          <table className={parts.table}>
            <thead>
              <tr>
                <th scope="col">{t('table.round')}</th>
                <th scope="col">{t('table.ended')}</th>
                <th scope="col">{t('table.result')}</th>
                <th scope="col" className={parts.number}>
                  {t('table.staked')}
                </th>
                <th scope="col" className={parts.number}>
                  {t('table.paid')}
                </th>
              </tr>
            </thead>
            <tbody>
              {rounds.map((round) => (
                <tr key={round.round}>
                  <td>
                    {may(session, 'rounds.view') ? (
                      <Link
                        href={`/rounds/${encodeURIComponent(round.round)}`}
                        className={parts.link}
                        aria-label={t('table.replayOf', { round: round.round })}
                      >
                        {round.round}
                      </Link>
                    ) : (
                      round.round
                    )}
                  </td>
                  <td className={parts.nowrap}>{momentText(round.ended_ms)}</td>
                  <td>{round.voided ? t('table.voided') : round.result}</td>
                  <td className={parts.number}>
                    <Money amount={round.staked} of={row} />
                  </td>
                  <td className={parts.number}>
                    <Money amount={round.paid} of={row} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
    </section>
  );
}
