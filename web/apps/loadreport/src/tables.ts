/** Errors, games and messages as tables. */

import { ERROR_CODES } from '@croupier/protocol';
import { verdict } from './compare';
import type { ErrorGroup, Run } from './data';
import { total } from './data';
import { type Cell, element, section, table } from './dom';
import { count, milliseconds, money, percent, ratio, seconds } from './format';

const OWN_CODES: Record<string, string> = {
  client: 'The connection or the answer was not of this protocol.',
  connect: 'The player could not sign up, connect or sit down.',
  fairness: 'A revealed seed does not hash to the one before.',
  session_ended: 'The server ended the session.',
  other: 'More codes than a report tells apart.',
};

function meaning(code: string): string {
  const known: Record<string, { certainty: string; action: string }> = ERROR_CODES;
  const bare = code.startsWith('connect_') ? code.slice('connect_'.length) : code;
  const found = known[bare];
  return found === undefined ? (OWN_CODES[code] ?? '') : `${found.action} (${found.certainty})`;
}

function named(runs: readonly Run[], index: number): string[] {
  return runs.length > 1 ? [runs[index]?.name ?? ''] : [];
}

/** Show what players were told went wrong, by code and place. */
export function errorTable(runs: readonly Run[]): HTMLElement {
  const rows = runs.flatMap(({ figures }, index): Cell[][] => {
    const groups =
      figures.detail?.errors ??
      Object.entries(figures.errors).map(
        ([code, found]): Partial<ErrorGroup> & { code: string; count: number } => ({
          code,
          count: found,
        }),
      );
    const all = total(figures.errors);
    return groups.map((group): Cell[] => [
      ...named(runs, index),
      element('code', '', group.code),
      group.where ?? '',
      count(group.count),
      percent(all === 0 ? null : group.count / all),
      group.first_s === undefined ? '' : seconds(group.first_s),
      group.last_s === undefined ? '' : seconds(group.last_s),
      meaning(group.code),
    ]);
  });
  const retried = runs.flatMap(({ name, figures }) =>
    Object.entries(figures.retried ?? {}).map(
      ([code, found]) => `${runs.length > 1 ? `${name}: ` : ''}${code} ${count(found)} times`,
    ),
  );
  const columns = [
    ...named(runs, 0).map(() => ({ title: 'Run' })),
    { title: 'Code' },
    { title: 'Where' },
    { title: 'Count', numeric: true },
    { title: 'Share', numeric: true },
    { title: 'First', numeric: true },
    { title: 'Last', numeric: true },
    { title: 'What to do' },
  ];
  return section(
    'Errors',
    rows.length === 0 ? element('p', 'note', 'None.') : table(columns, rows),
    retried.length === 0
      ? null
      : element('p', 'note', `Asked again with the same id, not errors: ${retried.join(', ')}.`),
  );
}

/** Show each game's share. */
export function gameTable(runs: readonly Run[]): HTMLElement {
  const rows = runs.flatMap(({ figures }, index) =>
    Object.entries(figures.games).map(([name, game]): Cell[] => {
      const write = (minor: number): string =>
        money(minor, figures.currency, figures.detail?.exponent);
      return [
        ...named(runs, index),
        name,
        count(game.players),
        count(game.bets),
        count(game.requests),
        write(game.stakes),
        write(game.payouts),
        percent(game.stakes === 0 ? null : game.payouts / game.stakes),
      ];
    }),
  );
  const columns = [
    ...named(runs, 0).map(() => ({ title: 'Run' })),
    { title: 'Game' },
    ...['Players', 'Bets', 'Answers', 'Staked', 'Paid', 'Returned'].map((title) => ({
      title,
      numeric: true,
    })),
  ];
  return section('Games', table(columns, rows));
}

/** Show each type of request by game; of two runs side by side. */
export function messageTable(runs: readonly Run[]): HTMLElement | null {
  const shown = ['p50', 'p90', 'p95', 'p99', 'max'] as const;
  const first = runs[0]?.figures.detail?.messages ?? [];
  const rows = runs.flatMap(({ figures }, index) =>
    (figures.detail?.messages ?? []).map((row): Cell[] => {
      const before = first.find(
        (other) => other.game === row.game && other.message === row.message,
      );
      return [
        ...named(runs, index),
        row.game,
        row.message,
        count(row.answers),
        count(row.errors),
        ...shown.map((name): Cell => {
          const value = row.latency_ms[name] ?? null;
          if (index === 0 || before === undefined) return milliseconds(value);
          const old = before.latency_ms[name] ?? null;
          return element(
            'span',
            '',
            `${milliseconds(value)} `,
            element('span', verdict(old, value, 'less'), ratio(old, value)),
          );
        }),
      ];
    }),
  );
  if (rows.length === 0) return null;
  const columns = [
    ...named(runs, 0).map(() => ({ title: 'Run' })),
    { title: 'Game' },
    { title: 'Request' },
    ...['Answers', 'Errors', 'p50', 'p90', 'p95', 'p99', 'max'].map((title) => ({
      title,
      numeric: true,
    })),
  ];
  return section('Requests', table(columns, rows));
}
