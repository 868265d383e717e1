import { formatMoney, MoneyContext, useMoney } from '@croupier/ui';
import { type KeyboardEvent, type PointerEvent, useContext, useRef, useState } from 'react';
import type { Chips } from '../../state/bets';
import { t } from '../../text/t';
import styles from './Felt.module.css';
import { BOUNDS, colourOf, neighbour, type Spot, spotAt } from './layout';

interface FeltProps {
  readonly spots: readonly Spot[];
  /** In the player's hand, or placed where there is nobody who must accept them. */
  readonly chips: Chips;
  /** At a live table: those that the table has accepted, and those of all other seats together. */
  readonly accepted?: Chips;
  readonly others?: Chips;
  /** Whether the chips in hand are on their way to the table. */
  readonly sending?: boolean;
  readonly aim: string | undefined;
  readonly disabled: boolean;
  /** The number that has come, to mark it. */
  readonly number: number | undefined;
  readonly place: (bet: string) => void;
  readonly take: (bet: string) => void;
}

/** Units of the drawing in a cell. */
const CELL_WIDTH = 72;
const CELL_HEIGHT = 46;

const BOX = [
  BOUNDS.left * CELL_WIDTH - 2,
  BOUNDS.top * CELL_HEIGHT - 2,
  (BOUNDS.right - BOUNDS.left) * CELL_WIDTH + 4,
  (BOUNDS.bottom - BOUNDS.top) * CELL_HEIGHT + 4,
].join(' ');

const KEYS: Readonly<Record<string, 'place' | 'take'>> = {
  Enter: 'place',
  ' ': 'place',
  Delete: 'take',
  Backspace: 'take',
};

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The felt. One stop for the Tab key; arrow keys go from bet to bet. */
export function Felt(props: FeltProps) {
  const { spots, chips, accepted, others, sending, aim, disabled, number, place, take } = props;
  const [current, setCurrent] = useState(
    () =>
      spots.find((spot) => spot.choice.bet === 'straight-17')?.choice.bet ?? spots[0]?.choice.bet,
  );
  const drawing = useRef<SVGSVGElement>(null);
  const money = useMoney();

  function press(event: PointerEvent<SVGSVGElement>) {
    if (disabled || event.button > 0) return;
    const matrix = event.currentTarget.getScreenCTM();
    if (matrix === null) return;
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const spot = spotAt(spots, point.x / CELL_WIDTH, point.y / CELL_HEIGHT, aim);
    if (spot === undefined) return;
    setCurrent(spot.choice.bet);
    place(spot.choice.bet);
  }

  function key(event: KeyboardEvent<SVGSVGElement>) {
    const here = spots.find((spot) => spot.choice.bet === current);
    if (here === undefined) return;
    const arrow = ARROWS[event.key];
    const action = arrow === undefined ? KEYS[event.key] : undefined;
    if (arrow === undefined && (action === undefined || disabled)) return;
    event.preventDefault();
    if (action === 'place') place(here.choice.bet);
    else if (action === 'take') take(here.choice.bet);
    const next = arrow && neighbour(spots, here, arrow[0], arrow[1]);
    if (next === undefined) return;
    setCurrent(next.choice.bet);
    drawing.current?.querySelector<SVGElement>(`[data-bet="${next.choice.bet}"]`)?.focus();
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: a drawing is no fieldset
    <svg
      ref={drawing}
      className={styles.felt}
      viewBox={BOX}
      role="group"
      aria-label={t('roulette.felt')}
      aria-disabled={disabled}
      onPointerUp={press}
      onKeyDown={key}
    >
      {spots.map((spot) => (
        <SpotButton
          key={spot.choice.bet}
          spot={spot}
          stake={chips.get(spot.choice.bet) ?? 0}
          current={spot.choice.bet === current}
          aimed={aim !== undefined && spot.choice.group === aim}
          won={number !== undefined && spot.choice.bet === `straight-${number}`}
          label={labelOf(spot, props, money)}
          focus={() => setCurrent(spot.choice.bet)}
        />
      ))}
      {/* The labels of the bets tell what lies on them. */}
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in here takes the focus */}
      <g aria-hidden="true">
        {others !== undefined && <Layer chips={others} spots={spots} look="others" />}
        {accepted !== undefined && <Layer chips={accepted} spots={spots} look="accepted" />}
        <Layer
          chips={chips}
          spots={spots}
          look={accepted === undefined ? 'placed' : sending === true ? 'sending' : 'fresh'}
        />
      </g>
    </svg>
  );
}

/** A bet with whatever lies on it, for who does not see it. */
function labelOf(spot: Spot, felt: FeltProps, money: (minor: number) => string): string {
  const { bet, group, label, pays } = spot.choice;
  const told = label.startsWith(group) ? label : `${group} ${label}`;
  const name = t('roulette.spot', { bet: told, pays });
  const layers = [
    ['live.onFelt', felt.accepted],
    [felt.sending === true ? 'live.sentOnFelt' : 'roulette.staked', felt.chips],
    ['live.othersOnFelt', felt.others],
  ] as const;
  return layers.reduce((words, [text, chips]) => {
    const stake = chips?.get(bet) ?? 0;
    return stake > 0 ? t(text, { spot: words, amount: money(stake) }) : words;
  }, name);
}

type Look = 'placed' | 'fresh' | 'sending' | 'accepted' | 'others';

interface LayerProps {
  readonly chips: Chips;
  readonly spots: readonly Spot[];
  readonly look: Look;
}

/** Chips of one kind. Those of others and those not accepted lie a little aside. */
function Layer({ chips, spots, look }: LayerProps) {
  return [...chips].map(([bet, stake]) => {
    const spot = spots.find((one) => one.choice.bet === bet);
    return spot && <Chip key={bet} spot={spot} stake={stake} look={look} />;
  });
}

interface SpotButtonProps {
  readonly spot: Spot;
  readonly stake: number;
  readonly current: boolean;
  readonly aimed: boolean;
  readonly won: boolean;
  readonly label: string;
  readonly focus: () => void;
}

function SpotButton({ spot, stake, current, aimed, won, label, focus }: SpotButtonProps) {
  const { choice, x, y, halfWidth, halfHeight } = spot;
  const onLine = halfWidth === 0;
  const upright = choice.group === 'Dozen' || choice.group === 'Even money';
  return (
    // biome-ignore lint/a11y/useSemanticElements: there is no button element inside a drawing
    <g
      role="button"
      tabIndex={current ? 0 : -1}
      aria-label={label}
      aria-pressed={stake > 0}
      data-bet={choice.bet}
      className={onLine ? styles.line : styles.spot}
      transform={`translate(${x * CELL_WIDTH} ${y * CELL_HEIGHT})`}
      onFocus={focus}
    >
      {onLine ? (
        <circle r="7" data-aimed={aimed || undefined} />
      ) : (
        <>
          <rect
            x={-halfWidth * CELL_WIDTH}
            y={-halfHeight * CELL_HEIGHT}
            width={halfWidth * 2 * CELL_WIDTH}
            height={halfHeight * 2 * CELL_HEIGHT}
            data-colour={colourOfSpot(spot)}
            data-won={won || undefined}
          />
          <text transform={upright ? 'rotate(-90)' : undefined} dominantBaseline="central">
            {choice.group === 'Column' ? choice.pays : choice.label}
          </text>
        </>
      )}
    </g>
  );
}

function colourOfSpot({ choice, numbers }: Spot): string | undefined {
  if (choice.bet === 'red' || choice.bet === 'black') return choice.bet;
  const [number] = numbers;
  return choice.group === 'Straight' && number !== undefined ? colourOf(number) : undefined;
}

const ASIDE: Readonly<Record<Look, readonly [number, number]>> = {
  placed: [0, 0],
  accepted: [0, 0],
  fresh: [9, -7],
  sending: [9, -7],
  others: [-11, 7],
};

function Chip({ spot, stake, look }: { spot: Spot; stake: number; look: Look }) {
  const [right, down] = ASIDE[look];
  const x = spot.x * CELL_WIDTH + right;
  const y = spot.y * CELL_HEIGHT + down;
  return (
    <g className={styles.chip} data-look={look} transform={`translate(${x} ${y})`}>
      <circle r="15" />
      <circle r="11.5" />
      <text dominantBaseline="central">
        <ShortAmount amount={stake} />
      </text>
    </g>
  );
}

/** An amount without its currency, since a chip has room for little else. */
function ShortAmount({ amount }: { amount: number }) {
  const currency = useContext(MoneyContext);
  return formatMoney(amount, currency)
    .replace(/[^\d.,]/g, '')
    .replace(/[.,]0+$/, '');
}
