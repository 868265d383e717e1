import type { Choice } from '@croupier/protocol';
import { Money, useMoney } from '@croupier/ui';
import { useId, useMemo, useState } from 'react';
import { ButtonGrid, type GridButton } from '../../controls/ButtonGrid';
import type { Chips } from '../../state/bets';
import { t } from '../../text/t';
import { type BetGroup, found, fullName, groupsOf } from './bet-groups';
import styles from './Generic.module.css';

interface BetPickerProps {
  readonly choices: readonly Choice[];
  readonly chips: Chips;
  readonly disabled: boolean;
  readonly place: (bet: string) => void;
}

/** With fewer bets there is nothing to search. */
const SEARCHED = 24;

/** Chooses bets from whatever a game offers: a kind of bet, then a tap for every chip. */
export function BetPicker({ choices, chips, disabled, place }: BetPickerProps) {
  const money = useMoney();
  const groups = useMemo(() => groupsOf(choices), [choices]);
  const [chosen, setChosen] = useState('');
  const [query, setQuery] = useState('');
  const group = groups.find(({ name }) => name === chosen) ?? groups[0];
  const wanted = query.trim();
  const among = wanted === '' ? (group?.choices ?? []) : found(choices, wanted);
  const shown: BetGroup | undefined =
    wanted === '' ? group : { name: '', choices: among, pays: undefined, size: 'words' };
  return (
    <section className={styles.bets} aria-label={t('generic.choose')}>
      {choices.length > SEARCHED && <Search query={query} change={setQuery} count={among.length} />}
      {wanted === '' && groups.length > 1 && (
        <Kinds groups={groups} group={group?.name ?? ''} choose={setChosen} />
      )}
      {shown?.pays !== undefined && (
        <p className={styles.pays}>{t('generic.pays', { pays: shown.pays })}</p>
      )}
      {shown !== undefined && shown.choices.length > 0 && (
        <ButtonGrid
          label={wanted === '' ? shown.name || t('generic.choose') : t('generic.find')}
          size={shown.size}
          buttons={shown.choices.map((choice) => {
            return buttonOf(choice, choices, shown.pays === undefined, chips, disabled, money);
          })}
          choose={place}
        />
      )}
    </section>
  );
}

function buttonOf(
  choice: Choice,
  choices: readonly Choice[],
  withPays: boolean,
  chips: Chips,
  disabled: boolean,
  money: (minor: number) => string,
): GridButton {
  const { bet, label, pays } = choice;
  const staked = chips.get(bet);
  const name = fullName(choices, bet);
  const offered = pays === '' ? name : t('roulette.spot', { bet: name, pays });
  return {
    key: bet,
    disabled,
    pressed: staked !== undefined,
    label:
      staked === undefined
        ? offered
        : t('roulette.staked', { spot: offered, amount: money(staked) }),
    content: (
      <>
        <span>{label}</span>
        {withPays && pays !== '' && <small className={styles.small}>{pays}</small>}
        {staked !== undefined && (
          <span className={styles.chip}>
            <Money amount={staked} />
          </span>
        )}
      </>
    ),
  };
}

interface SearchProps {
  readonly query: string;
  readonly change: (query: string) => void;
  readonly count: number;
}

function Search({ query, change, count }: SearchProps) {
  const id = useId();
  return (
    <search>
      <label className="visually-hidden" htmlFor={id}>
        {t('generic.find')}
      </label>
      <input
        id={id}
        className={styles.field}
        type="search"
        placeholder={t('generic.find')}
        value={query}
        autoComplete="off"
        onChange={(event) => change(event.target.value)}
      />
      <p className="visually-hidden" role="log">
        {query.trim() === '' ? '' : t('lobby.found', { count })}
      </p>
    </search>
  );
}

interface KindsProps {
  readonly groups: readonly BetGroup[];
  readonly group: string;
  readonly choose: (name: string) => void;
}

/** More kinds than these are chosen from a list. */
const MOST_TABS = 12;

function Kinds({ groups, group, choose }: KindsProps) {
  const id = useId();
  if (groups.length > MOST_TABS) {
    return (
      <div className={styles.kind}>
        <label htmlFor={id}>{t('generic.group')}</label>
        <select id={id} value={group} onChange={(event) => choose(event.target.value)}>
          {groups.map(({ name, choices }) => (
            <option key={name} value={name}>
              {name || t('generic.others')} ({choices.length})
            </option>
          ))}
        </select>
      </div>
    );
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a row everywhere
    <div className={styles.kinds} role="group" aria-label={t('generic.group')}>
      {groups.map(({ name }) => (
        <button key={name} type="button" aria-pressed={name === group} onClick={() => choose(name)}>
          {name || t('generic.others')}
        </button>
      ))}
    </div>
  );
}
