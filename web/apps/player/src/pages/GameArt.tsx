import type { LobbyGame } from '@croupier/protocol';
import type { ReactNode } from 'react';
import { type Category, categoryOf } from './lobby';

/** A drawing for a card of the lobby, by what kind of game it is; its colours by its name. */
export function GameArt({ game }: { game: LobbyGame }) {
  const category = categoryOf(game.description);
  const own = game.game === 'slot';
  const backs = BACKS[category];
  return (
    <svg viewBox="0 0 320 140" aria-hidden="true">
      <rect width="320" height="140" fill={backs[own ? 0 : hashOf(game.game) % backs.length]} />
      {own ? MOTHS : DRAWINGS[category](hashOf(game.game))}
    </svg>
  );
}

/** A number of a name, so that a game always looks the same. */
function hashOf(name: string): number {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.charCodeAt(0)) % 65_521;
  return hash;
}

const BACKS: Readonly<Record<Category, readonly string[]>> = {
  slots: ['#1d1b3a', '#3a1b2d', '#12333a', '#3a2a12', '#1b3a24', '#2b1b3a'],
  wheels: ['#0f5a3c'],
  cards: ['#14503f', '#123f5a', '#4f1d2b'],
  poker: ['#1c2f5c', '#3b1f57', '#55291a'],
  dice: ['#5a1d24', '#1a4a46'],
  instant: ['#3a2b4f', '#123a55', '#4a3a12', '#4f2b3e'],
  other: ['#3a2b4f'],
};

const BRIGHT = ['#9be0c3', '#f2b84b', '#d59bf0', '#ff9d9d', '#9cc4ff', '#f4e7b3'];

const bright = (place: number) => BRIGHT[place % BRIGHT.length] ?? '#ffffff';

const MOTHS = (
  <>
    <circle cx="250" cy="46" r="30" fill="#f4e7b3" />
    <circle cx="262" cy="38" r="26" fill="#1d1b3a" />
    {[0, 1, 2].map((reel) => (
      <rect key={reel} x={40 + reel * 68} y="34" width="60" height="76" rx="8" fill="#2c2958" />
    ))}
    <Moth x={70} wings="#9be0c3" />
    <Moth x={138} wings="#f2b84b" />
    <Moth x={206} wings="#d59bf0" />
  </>
);

const DRAWINGS: Readonly<Record<Category, (hash: number) => ReactNode>> = {
  slots: (hash) =>
    [0, 1, 2].map((reel) => (
      <g key={reel} transform={`translate(${62 + reel * 68} 30)`}>
        <rect width="60" height="80" rx="8" fill="#ffffff26" />
        <Jewel shape={(hash + reel * (1 + (hash % 2))) % 4} colour={bright(hash + reel)} />
      </g>
    )),
  wheels: () => (
    <>
      <circle cx="160" cy="86" r="70" fill="#5b3a1c" />
      {Array.from({ length: 18 }, (_, index) => (
        <path
          // biome-ignore lint/suspicious/noArrayIndexKey: the pockets never move
          key={index}
          d="M160 86 L149 24 A63 63 0 0 1 171 24 Z"
          fill={index % 2 === 0 ? '#b3202c' : '#17181d'}
          transform={`rotate(${index * 20} 160 86)`}
        />
      ))}
      <circle cx="160" cy="86" r="38" fill="#5b3a1c" />
      <circle cx="160" cy="86" r="10" fill="#e6c27a" />
      <circle cx="196" cy="52" r="6" fill="#ffffff" />
    </>
  ),
  cards: () => (
    <>
      <Card x={96} turn={-12} rank="A" suit="♠" colour="#16161c" />
      <Card x={164} turn={9} rank="K" suit="♥" colour="#b3161f" />
    </>
  ),
  poker: () => (
    <>
      <Card x={46} turn={-16} rank="10" suit="♦" colour="#b3161f" />
      <Card x={88} turn={-8} rank="J" suit="♦" colour="#b3161f" />
      <Card x={130} turn={0} rank="Q" suit="♦" colour="#b3161f" />
      <Card x={172} turn={8} rank="K" suit="♦" colour="#b3161f" />
      <Card x={214} turn={16} rank="A" suit="♦" colour="#b3161f" />
    </>
  ),
  dice: (hash) => (
    <>
      <Die x={96} turn={-12} pips={1 + (hash % 6)} />
      <Die x={170} turn={14} pips={1 + ((hash >> 3) % 6)} />
    </>
  ),
  instant: (hash) => (
    <>
      <path
        d="M40 118 C130 116 200 96 270 26"
        fill="none"
        stroke={bright(hash)}
        strokeWidth="8"
        strokeLinecap="round"
      />
      <circle cx="270" cy="26" r="13" fill={bright(hash + 2)} />
      {[0, 1, 2, 3].map((column) => (
        <circle key={column} cx={70 + column * 50} cy="62" r="9" fill="#ffffff2e" />
      ))}
    </>
  ),
  other: () => (
    <>
      <circle cx="130" cy="76" r="40" fill="#f2b84b" />
      <circle cx="130" cy="76" r="24" fill="#3a2b4f" />
      <circle cx="192" cy="76" r="40" fill="#9be0c3" />
      <circle cx="192" cy="76" r="24" fill="#3a2b4f" />
    </>
  ),
};

const SHAPES = [
  'M30 18 L50 40 L30 62 L10 40 Z',
  'M30 16 L37 33 L55 35 L41 47 L46 65 L30 55 L14 65 L19 47 L5 35 L23 33 Z',
  'M30 20 A20 20 0 1 1 29.9 20 Z',
  'M12 24 H48 L34 64 H22 L36 34 H12 Z',
];

function Jewel({ shape, colour }: { shape: number; colour: string }) {
  return <path d={SHAPES[shape] ?? ''} fill={colour} />;
}

const PIPS: readonly (readonly [number, number])[] = [
  [16, 16],
  [48, 48],
  [48, 16],
  [16, 48],
  [16, 32],
  [48, 32],
];

function Die({ x, turn, pips }: { x: number; turn: number; pips: number }) {
  const places = PIPS.slice(0, pips - (pips % 2));
  return (
    <g transform={`translate(${x} 38) rotate(${turn} 32 32)`}>
      <rect width="64" height="64" rx="12" fill="#fdfcf7" />
      {pips % 2 === 1 && <circle cx="32" cy="32" r="7" fill="#b3161f" />}
      {places.map(([cx, cy]) => (
        <circle key={`${cx} ${cy}`} cx={cx} cy={cy} r="7" fill="#16161c" />
      ))}
    </g>
  );
}

function Moth({ x, wings }: { x: number; wings: string }) {
  return (
    <g transform={`translate(${x} 72)`}>
      <path d="M0 0 C-8 -26 -28 -22 -24 -4 C-22 6 -10 8 0 2 Z" fill={wings} />
      <path d="M0 0 C8 -26 28 -22 24 -4 C22 6 10 8 0 2 Z" fill={wings} />
      <path
        d="M0 2 C-14 6 -18 20 -8 22 C-2 22 0 12 0 2 C0 12 2 22 8 22 C18 20 14 6 0 2 Z"
        fill={wings}
      />
      <ellipse cy="4" rx="3" ry="14" fill="#12131a" />
    </g>
  );
}

interface CardProps {
  readonly x: number;
  readonly turn: number;
  readonly rank: string;
  readonly suit: string;
  readonly colour: string;
}

function Card({ x, turn, rank, suit, colour }: CardProps) {
  return (
    <g transform={`translate(${x} 22) rotate(${turn} 32 48)`} fill={colour} fontWeight="700">
      <rect width="66" height="96" rx="8" fill="#fdfcf7" />
      <text x="10" y="30" fontSize="24">
        {rank}
      </text>
      <text x="33" y="72" fontSize="40" textAnchor="middle">
        {suit}
      </text>
    </g>
  );
}
