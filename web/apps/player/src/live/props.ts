import type { LiveState, LiveTable, LobbyGame } from '@croupier/sdk';
import type { ReactNode } from 'react';
import type { Live } from '../state/live';
import type { WheelMove } from './use-reveal';

/** What a view of a live table is given. */
export interface LiveProps {
  readonly live: Live;
  readonly table: LiveTable;
  readonly state: LiveState;
  readonly game: LobbyGame;
  /** The table's wheel; undefined where the game has none. */
  readonly wheel: WheelMove | undefined;
  /** The seats and the board, to be shown between the table and the controls. */
  readonly children: ReactNode;
}
