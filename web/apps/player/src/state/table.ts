import type { LobbyGame } from '@croupier/protocol';
import type { Client, Round, Table } from '@croupier/sdk';
import { useMoney } from '@croupier/ui';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useCasino } from './casino';
import { sentence } from './session';
import { sitDown } from './sitting';

/** A seat at a private table of a game, as a view needs it. */
export interface Seat {
  readonly table: Table | undefined;
  /** The last round that was answered here, or the open one found on sitting down. */
  readonly round: Round | undefined;
  /** A request is on its way. */
  readonly busy: boolean;
  /** What went wrong, as a plain sentence. */
  readonly problem: string | undefined;
  /** Bet; undefined if it was refused. */
  play(bets: object): Promise<Round | undefined>;
  /** Decide; undefined if it was refused. */
  act(decision: string | object): Promise<Round | undefined>;
  /** Sit down again. */
  retry(): void;
}

/** Sit down at a game for as long as the view is there. */
export function useSeat(game: LobbyGame): Seat {
  const client = useCasino((state) => state.client);
  const amount = useMoney();
  const [table, setTable] = useState<Table>();
  const [round, setRound] = useState<Round>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const [attempt, setAttempt] = useState(0);
  const alive = useRef(true);
  const words = useRef(amount);
  words.current = amount;

  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks to sit down again
  useEffect(() => {
    let here = true;
    setProblem(undefined);
    if (client === undefined) return;
    sitDown(client, game.game).then(
      (seat) => {
        if (!here) return;
        setTable(seat);
        setRound(seat.open ?? undefined);
      },
      (error: unknown) => here && setProblem(sentence(error, words.current)),
    );
    return () => {
      here = false;
    };
  }, [client, game.game, attempt]);

  useChanges(client, table, round, setRound);

  const ask = useCallback(async (request: () => Promise<Round>) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await request();
      if (alive.current) setRound(answer);
      return answer;
    } catch (error) {
      if (alive.current) setProblem(sentence(error, words.current));
      return undefined;
    } finally {
      if (alive.current) setBusy(false);
    }
  }, []);

  const decisions = game.description.kind === 'decisions';
  return {
    table,
    round,
    busy,
    problem,
    play: async (bets) => table && ask(() => (decisions ? table.deal(bets) : table.spin(bets))),
    act: async (decision) => table && ask(() => table.act(decision)),
    retry: () => setAttempt((count) => count + 1),
  };
}

/** Follow what happens to the table without a request: a resume, or the platform ending a round. */
function useChanges(
  client: Client | undefined,
  table: Table | undefined,
  round: Round | undefined,
  setRound: (round: Round) => void,
): void {
  const changed = useCasino((state) => state.tablesChanged);
  const current = useRef(round);
  current.current = round;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `changed` says to look again
  useEffect(() => {
    if (table === undefined) return;
    let here = true;
    const shown = current.current;
    if (table.open !== null) setRound(table.open);
    else if (client !== undefined && shown !== undefined && !shown.finished) {
      endedRound(client, shown).then(
        (ended) => here && current.current === shown && setRound(ended),
        () => undefined,
      );
    }
    return () => {
      here = false;
    };
  }, [changed, table, client, setRound]);
}

/** A round that ended without an answer to us, as its proof tells it. */
async function endedRound(client: Client, round: Round): Promise<Round> {
  const proof = await client.proof(round.id);
  const { stake, payout, voided } = proof;
  return { ...round, finished: true, options: [], view: proof.outcome, stake, payout, voided };
}
