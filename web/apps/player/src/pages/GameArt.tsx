import type { LobbyGame } from '@croupier/protocol';
import type { ReactNode } from 'react';

/** A drawing for a card of the lobby, by what kind of game it is. */
export function GameArt({ game }: { game: LobbyGame }) {
  return (
    <svg viewBox="0 0 320 140" aria-hidden="true">
      <rect width="320" height="140" fill={BACKS[kindOf(game)]} />
      {DRAWINGS[kindOf(game)]}
    </svg>
  );
}

type Kind = 'slot' | 'wheel' | 'cards' | 'other';

function kindOf({ description }: LobbyGame): Kind {
  if (description.kind === 'decisions') return 'cards';
  if (description.stake_form === 'list') return 'wheel';
  return description.kind === 'instant' ? 'slot' : 'other';
}

const BACKS: Readonly<Record<Kind, string>> = {
  slot: '#1d1b3a',
  wheel: '#0f5a3c',
  cards: '#14503f',
  other: '#3a2b4f',
};

const DRAWINGS: Readonly<Record<Kind, ReactNode>> = {
  slot: (
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
  ),
  wheel: (
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
  cards: (
    <>
      <Card x={96} turn={-12} rank="A" suit="♠" colour="#16161c" />
      <Card x={164} turn={9} rank="K" suit="♥" colour="#b3161f" />
    </>
  ),
  other: (
    <>
      <circle cx="130" cy="76" r="40" fill="#f2b84b" />
      <circle cx="130" cy="76" r="24" fill="#3a2b4f" />
      <circle cx="192" cy="76" r="40" fill="#9be0c3" />
      <circle cx="192" cy="76" r="24" fill="#3a2b4f" />
    </>
  ),
};

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
