import type { Round } from '@croupier/sdk';
import { Money } from '@croupier/ui';
import { useEffect, useRef } from 'react';
import { Cards } from '../../controls/Cards';
import { t } from '../../text/t';
import styles from './RoundView.module.css';
import { type Fact, readView, type Shown as ShownValue } from './view-reader';

/** As much of a round as can be shown; a watcher has no stake. */
export type Shown = Pick<Round, 'id' | 'finished' | 'view' | 'payout'> & {
  readonly stake: number | null;
};

interface RoundViewProps {
  readonly round: Shown;
  /** Whether it shall come into sight when the round ends. */
  readonly seen?: boolean;
}

/** What the server told of a round, whatever form it has: its words first, then each value by its name. */
export function RoundView({ round, seen = false }: RoundViewProps) {
  const { summary, facts, details } = readView(round.view);
  const section = useRef<HTMLElement>(null);
  const ended = seen && round.finished ? round.id : undefined;
  // What was above it is gone with the last decision, so it may have moved out of sight.
  useEffect(() => {
    if (ended !== undefined) section.current?.scrollIntoView({ block: 'nearest' });
  }, [ended]);
  return (
    <section ref={section} className={styles.view} aria-label={t('generic.view')}>
      {round.stake !== null && <Amounts stake={round.stake} payout={round.payout} />}
      {summary !== '' && <p className={styles.summary}>{summary}</p>}
      {facts.length > 0 && <Facts facts={facts} />}
      <details>
        <summary>{t('generic.details')}</summary>
        <p>{t('generic.minor')}</p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area needs the keyboard */}
        <pre className={styles.details} tabIndex={0}>
          {details}
        </pre>
      </details>
    </section>
  );
}

function Amounts({ stake, payout }: { stake: number; payout: number | null }) {
  return (
    <dl className={styles.amounts}>
      <div>
        <dt>{t('history.stake')}</dt>
        <dd>
          <Money amount={stake} />
        </dd>
      </div>
      {payout !== null && (
        <div>
          <dt>{t('history.payout')}</dt>
          <dd>
            <Money amount={payout} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ name, shown }) => (
        <div key={name} data-kind={shown.kind}>
          <dt>{name}</dt>
          <dd>
            <Value shown={shown} name={name} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Value({ shown, name }: { shown: ShownValue; name: string }) {
  switch (shown.kind) {
    case 'text':
      return shown.text;
    case 'money':
      return <Money amount={shown.amount} />;
    case 'cards':
      return <Cards cards={shown.cards} label={name} />;
    case 'row':
      return (
        <ul className={styles.row}>
          {shown.items.map((item, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: values keep their places, and may repeat
            <li key={index}>{item}</li>
          ))}
          <More count={shown.more} />
        </ul>
      );
    case 'board':
      return (
        <table className={styles.board}>
          <tbody>
            {shown.rows.map((row, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: cells keep their places, and may repeat
              <tr key={index}>
                {row.map((cell, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    case 'facts':
      return <Facts facts={shown.facts} />;
    case 'list':
      return (
        <ol className={styles.list}>
          {shown.items.map(({ title, facts }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: entries keep their places, and may repeat
            <li key={index}>
              <strong>{title}</strong>
              <Facts facts={facts} />
            </li>
          ))}
          <More count={shown.more} />
        </ol>
      );
  }
}

function More({ count }: { count: number }) {
  return count > 0 ? <li>{t('generic.more', { count })}</li> : null;
}
