import { formatMoney } from '@croupier/ui';
import { useId, useMemo, useState } from 'react';
import parts from '../parts/parts.module.css';
import { Nodes, PrivateTables } from '../parts/Sums';
import { TableGrid } from '../parts/TableGrid';
import { NewTableLink } from '../parts/TableLinks';
import { FIRST_VIEW, ordered, sums, type View } from '../state/grid';
import { type LiveRow, useLive } from '../state/live';
import { t, tWord } from '../text/t';
import styles from './pages.module.css';

/** Kept while the page is left for a table and come back to. */
let kept: View = FIRST_VIEW;

/** All tables on all nodes. */
export function TablesPage() {
  const tables = useLive((state) => state.tables);
  const known = useLive((state) => state.known);
  const [view, setView] = useState(kept);
  const change = (changes: Partial<View>) => {
    kept = { ...view, ...changes };
    setView(kept);
  };
  const shown = useMemo(() => ordered(tables.values(), view), [tables, view]);
  return (
    <>
      <h1>{t('tables.title')}</h1>
      <NewTableLink />
      <Filter tables={tables} view={view} change={change} />
      <Totals tables={tables} shown={shown.length} />
      {known && tables.size === 0 && <p className={parts.muted}>{t('tables.none')}</p>}
      {tables.size > 0 && shown.length === 0 && <p role="status">{t('tables.noMatch')}</p>}
      {!known && <p role="status">{t('app.loading')}</p>}
      {shown.length > 0 && <TableGrid tables={tables} fresh={shown} view={view} change={change} />}
      <PrivateTables />
      <Nodes />
    </>
  );
}

interface FilterProps {
  readonly tables: ReadonlyMap<string, LiveRow>;
  readonly view: View;
  readonly change: (changes: Partial<View>) => void;
}

function Filter({ tables, view, change }: FilterProps) {
  const id = useId();
  const rows = [...tables.values()];
  const choices = (of: (row: LiveRow) => string) =>
    [...new Set(rows.map(of))].sort((one, other) => one.localeCompare(other));
  return (
    <search className={styles.filter} aria-label={t('tables.filter')}>
      <div className={parts.field}>
        <label htmlFor={`${id}-search`}>{t('tables.search')}</label>
        <input
          id={`${id}-search`}
          type="search"
          value={view.search}
          onChange={(event) => change({ search: event.target.value })}
        />
      </div>
      <Choice
        label={t('tables.state')}
        value={view.state}
        values={choices((row) => row.state)}
        text={(state) => tWord('state', state)}
        change={(state) => change({ state })}
      />
      <Choice
        label={t('tables.game')}
        value={view.game}
        values={choices((row) => row.game)}
        text={(game) => game}
        change={(game) => change({ game })}
      />
      <Choice
        label={t('tables.node')}
        value={view.node}
        values={choices((row) => row.node)}
        text={(node) => node}
        change={(node) => change({ node })}
      />
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={view.alertsOnly}
          onChange={(event) => change({ alertsOnly: event.target.checked })}
        />
        {t('tables.alertsOnly')}
      </label>
    </search>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly values: readonly string[];
  readonly text: (value: string) => string;
  readonly change: (value: string) => void;
}

function Choice({ label, value, values, text, change }: ChoiceProps) {
  const id = useId();
  // What is chosen stays a choice though no row has it any more.
  const all = value === '' || values.includes(value) ? values : [...values, value];
  return (
    <div className={parts.field}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => change(event.target.value)}>
        <option value="">{t('tables.any')}</option>
        {all.map((one) => (
          <option key={one} value={one}>
            {text(one)}
          </option>
        ))}
      </select>
    </div>
  );
}

function Totals({ tables, shown }: { tables: ReadonlyMap<string, LiveRow>; shown: number }) {
  let players = 0;
  let watchers = 0;
  let alerts = 0;
  for (const row of tables.values()) {
    players += row.players;
    watchers += row.watchers;
    if (row.alerts.length > 0) alerts += 1;
  }
  const amounts = sums(tables.values()).map(({ code, exponent, amount }) =>
    formatMoney(amount, { code, exponent }),
  );
  return (
    <p className={styles.totals}>
      <span>{t('tables.shown', { shown, all: tables.size })}</span>
      <span data-alerts={alerts > 0 || undefined}>{t('tables.alertCount', { count: alerts })}</span>
      <span>{t('tables.people', { players, watchers })}</span>
      {amounts.length > 0 && <span>{t('tables.held', { amounts: amounts.join(', ') })}</span>}
    </p>
  );
}
