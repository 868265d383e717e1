import type { Round } from '@croupier/sdk';
import { Button } from '@croupier/ui';
import { useRef, useState } from 'react';
import { ButtonGrid } from '../../controls/ButtonGrid';
import { cardFace } from '../../controls/cards';
import { t } from '../../text/t';
import styles from './Generic.module.css';
import { readable } from './names';
import { columnsOf, keyOf, knownNumbers, type OptionGroup } from './option-groups';
import { cardsOf } from './view-reader';

interface DecisionsProps {
  readonly round: Round;
  readonly busy: boolean;
  readonly choose: (action: string) => void;
}

/** Decisions that are too many for a button each: any subset of some places, as toggles. */
export function Subsets(
  props: DecisionsProps & { readonly group: Extract<OptionGroup, { kind: 'subsets' }> },
) {
  const { group, round, busy, choose } = props;
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set());
  const decision = group.decisions.get(keyOf(chosen));
  const cards = cardsOf(round.view, group.places.length);
  function toggle(place: number) {
    const next = new Set(chosen);
    if (!next.delete(place)) next.add(place);
    setChosen(next);
  }
  return (
    <div className={styles.decision}>
      <ButtonGrid
        label={readable(group.stem)}
        columns={group.places.length <= 6 ? group.places.length : undefined}
        size="card"
        buttons={group.places.map((place, index) => {
          const face = cards?.[index];
          const card = face === undefined ? undefined : cardFace(face);
          const name = card?.name ?? (face === undefined ? undefined : t('card.joker'));
          const held = chosen.has(place);
          return {
            key: String(place),
            pressed: held,
            disabled: busy,
            label: name === undefined ? `${place}` : `${place}: ${name}`,
            content: (
              <>
                <span className={styles.place} data-red={card?.red}>
                  {face === undefined ? place : card === undefined ? '★' : card.rank + card.suit}
                </span>
                <small className={styles.small}>{held ? readable(group.stem) : '–'}</small>
              </>
            ),
          };
        })}
        choose={(key) => toggle(Number(key))}
      />
      <Button
        look="main"
        large
        disabled={busy || decision === undefined}
        onClick={() => decision && choose(decision.action)}
      >
        {decision?.label ?? t('generic.selectFirst')}
      </Button>
    </div>
  );
}

interface NumbersProps extends DecisionsProps {
  readonly group: Extract<OptionGroup, { kind: 'numbers' }>;
  /** Every decision that the game knows, where it says so. */
  readonly actions: readonly string[];
}

/** One decision for each number: a board, on which what is decided keeps its place. */
export function Numbers({ group, round, busy, choose, actions }: NumbersProps) {
  const { numbers } = useSeenNumbers(round.id, [
    ...knownNumbers(actions, group.stem),
    ...group.decisions.keys(),
  ]);
  return (
    <ButtonGrid
      label={readable(group.stem)}
      columns={columnsOf(numbers.length)}
      size="number"
      buttons={numbers.map((number) => {
        const option = group.decisions.get(number);
        return {
          key: String(number),
          content: option === undefined ? '·' : number,
          label: option?.label ?? t('generic.done', { number }),
          disabled: busy || option === undefined,
        };
      })}
      choose={(key) => {
        const option = group.decisions.get(Number(key));
        if (option !== undefined) choose(option.action);
      }}
    />
  );
}

/** All numbers seen in this round, in order: one that is gone still has its place on the board. */
function useSeenNumbers(round: string, now: readonly number[]) {
  const seen = useRef<{ round: string; numbers: readonly number[] }>({ round, numbers: [] });
  const before = seen.current.round === round ? seen.current.numbers : [];
  const numbers = [...new Set([...before, ...now])].sort((one, other) => one - other);
  seen.current = { round, numbers };
  return seen.current;
}
