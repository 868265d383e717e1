import { Button } from '@croupier/ui';
import { type ReactNode, useId, useState } from 'react';
import type { Refusal } from '../api';
import parts from '../parts/parts.module.css';
import { Wide } from '../parts/Wide';
import { useListing } from '../state/listing';
import type { TextName } from '../text/english';
import { sentence } from '../text/refusals';
import { t, tWord } from '../text/t';
import { momentText } from '../text/times';
import type { RecordedAction, RecordedAttempt } from '../types';
import styles from './pages.module.css';

/** The record of what operators did, and of attempts to sign in. */
export function ActionsPage() {
  const [tab, setTab] = useState<'actions' | 'attempts'>('actions');
  return (
    <>
      <h1>{t('actions.title')}</h1>
      <p>{t('actions.text')}</p>
      <div className={parts.buttons}>
        <Button aria-pressed={tab === 'actions'} onClick={() => setTab('actions')}>
          {t('actions.tabActions')}
        </Button>
        <Button aria-pressed={tab === 'attempts'} onClick={() => setTab('attempts')}>
          {t('actions.tabAttempts')}
        </Button>
      </div>
      {tab === 'actions' ? <Actions /> : <Attempts />}
    </>
  );
}

function Actions() {
  const [name, setName] = useState('');
  const [operator, setOperator] = useState('');
  const id = useId();
  const query = operator === '' ? '' : `?operator=${encodeURIComponent(operator)}`;
  const listing = useListing<RecordedAction>(`/actions${query}`, 'actions');
  return (
    <>
      <form
        className={styles.inline}
        onSubmit={(event) => {
          event.preventDefault();
          setOperator(name.trim());
        }}
      >
        <div className={parts.field}>
          <label htmlFor={id}>{t('actions.operator')}</label>
          <input
            id={id}
            value={name}
            onChange={(event) => setName(event.target.value)}
            autoCapitalize="none"
            spellCheck={false}
            maxLength={64}
          />
        </div>
        <Button type="submit">{t('actions.show')}</Button>
      </form>
      <Listing
        {...listing}
        label={t('actions.tabActions')}
        columns={[
          'actions.number',
          'actions.time',
          'actions.who',
          'actions.role',
          'actions.what',
          'actions.object',
          'actions.reason',
          'actions.address',
        ]}
        cells={(entry) => (
          <>
            <td className={parts.number}>{entry.id}</td>
            <td className={parts.nowrap}>{momentText(entry.at_ms)}</td>
            <td>{entry.actor}</td>
            <td>{tWord('role', entry.role)}</td>
            <td className={parts.nowrap}>{entry.action}</td>
            <td>{entry.object}</td>
            <td className={parts.words}>{entry.reason}</td>
            <td className={parts.nowrap}>{entry.address}</td>
          </>
        )}
      />
    </>
  );
}

function Attempts() {
  const listing = useListing<RecordedAttempt>('/attempts', 'attempts');
  return (
    <Listing
      {...listing}
      label={t('actions.tabAttempts')}
      columns={[
        'actions.number',
        'actions.time',
        'actions.who',
        'actions.outcome',
        'actions.address',
      ]}
      cells={(entry) => (
        <>
          <td className={parts.number}>{entry.id}</td>
          <td className={parts.nowrap}>{momentText(entry.at_ms)}</td>
          <td>{entry.operator ?? t('actions.unknown')}</td>
          <td>{entry.outcome}</td>
          <td className={parts.nowrap}>{entry.address}</td>
        </>
      )}
    />
  );
}

interface ListingProps<Entry> {
  readonly entries: readonly Entry[] | undefined;
  readonly more: boolean;
  readonly refusal: Refusal | undefined;
  readonly loading: boolean;
  readonly older: () => void;
  readonly newest: () => void;
  readonly label: string;
  readonly columns: readonly TextName[];
  readonly cells: (entry: Entry) => ReactNode;
}

function Listing<Entry extends { readonly id: string }>(props: ListingProps<Entry>) {
  const { entries, more, refusal, loading, older, newest, label, columns, cells } = props;
  return (
    <>
      {refusal !== undefined && (
        <p role="alert" className={parts.problem}>
          {sentence(refusal)}
        </p>
      )}
      <div>
        <Button disabled={loading} onClick={newest}>
          {t('actions.newest')}
        </Button>
      </div>
      {entries === undefined && loading && <p role="status">{t('app.loading')}</p>}
      {entries?.length === 0 && <p className={parts.muted}>{t('actions.none')}</p>}
      {entries !== undefined && entries.length > 0 && (
        <Wide label={label}>
          <table className={parts.table}>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column} scope="col">
                    {t(column)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {entries.map((entry) => (
                <tr key={entry.id}>{cells(entry)}</tr>
              ))}
            </tbody>
          </table>
        </Wide>
      )}
      {more && (
        <div>
          <Button disabled={loading} onClick={older}>
            {t('actions.more')}
          </Button>
        </div>
      )}
    </>
  );
}
