import type { LobbyGame } from '@croupier/protocol';
import { Button } from '@croupier/ui';
import { type FormEvent, useId, useMemo, useState } from 'react';
import { ButtonGrid } from '../../controls/ButtonGrid';
import { t } from '../../text/t';
import { canBeName, type OpenBet, openBets, rangeOf, setName } from './bet-groups';
import styles from './Generic.module.css';
import { readable } from './names';

interface OpenBetsProps {
  readonly game: LobbyGame;
  readonly disabled: boolean;
  readonly place: (bet: string) => void;
}

/** Bets beyond the presets, where the names of the presets show that there are some. */
export function OpenBets({ game, disabled, place }: OpenBetsProps) {
  const { choices } = game.description;
  const open = useMemo(() => openBets(choices), [choices]);
  const named = open.find((one) => one.form === 'name');
  return (
    <>
      {open.map((one) => {
        if (one.form === 'name') return null;
        return <Numbers key={one.stem} game={game} set={one} disabled={disabled} place={place} />;
      })}
      {named !== undefined && <Named example={named.example} disabled={disabled} place={place} />}
    </>
  );
}

interface NamedProps {
  readonly example: string;
  readonly disabled: boolean;
  readonly place: (bet: string) => void;
}

function Named({ example, disabled, place }: NamedProps) {
  const id = useId();
  const [text, setText] = useState('');
  const bet = text.trim().toLowerCase();
  function submit(event: FormEvent) {
    event.preventDefault();
    if (disabled || !canBeName(bet)) return;
    place(bet);
    setText('');
  }
  return (
    <details className={styles.more}>
      <summary>{t('generic.other')}</summary>
      <form className={styles.named} onSubmit={submit}>
        <label htmlFor={id}>{t('generic.name')}</label>
        <input
          id={id}
          className={styles.field}
          value={text}
          placeholder={example}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          enterKeyHint="done"
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" disabled={disabled || !canBeName(bet)}>
          {t('generic.add')}
        </Button>
      </form>
    </details>
  );
}

interface NumbersProps {
  readonly game: LobbyGame;
  readonly set: Extract<OpenBet, { form: 'numbers' }>;
  readonly disabled: boolean;
  readonly place: (bet: string) => void;
}

function Numbers({ game, set, disabled, place }: NumbersProps) {
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const range = rangeOf(game.game, set.highest);
  function toggle(number: number) {
    const next = new Set(picked);
    if (!next.delete(number)) next.add(number);
    setPicked(next);
  }
  return (
    <details className={styles.more}>
      <summary>{t('generic.pick', { name: readable(set.stem) })}</summary>
      <ButtonGrid
        label={readable(set.stem)}
        size="number"
        buttons={Array.from({ length: range }, (_, index) => ({
          key: String(index + 1),
          content: index + 1,
          pressed: picked.has(index + 1),
          disabled: disabled || (picked.size >= set.most && !picked.has(index + 1)),
        }))}
        choose={(key) => toggle(Number(key))}
      />
      <div className={styles.picked}>
        <p role="log">{t('generic.picked', { count: picked.size, most: set.most })}</p>
        <Button disabled={disabled || picked.size === 0} onClick={() => setPicked(new Set())}>
          {t('roulette.clear')}
        </Button>
        <Button
          disabled={disabled || picked.size === 0}
          onClick={() => place(setName(set.stem, picked))}
        >
          {t('generic.add')}
        </Button>
      </div>
    </details>
  );
}
