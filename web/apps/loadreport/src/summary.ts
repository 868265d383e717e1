/** The top of the page: warnings, thresholds, tiles. */

import { type Direction, verdict } from './compare';
import { type Figures, type Maybe, percentile, type Run, total } from './data';
import { type Cell, element, section, table } from './dom';
import { count, figure, milliseconds, percent, percentileName, ratio } from './format';

const FULL_CORE = 0.9;

/** Say what a reader must know before he believes the figures. */
export function warnings(runs: readonly Run[]): HTMLElement | null {
  const lines = runs.flatMap((run) =>
    cautions(run.figures).map((line) => (runs.length > 1 ? `${run.name}: ${line}` : line)),
  );
  if (lines.length === 0) return null;
  const box = element('div', 'warnings');
  box.setAttribute('role', 'note');
  for (const line of lines) box.append(element('p', '', `⚠ ${line}`));
  return box;
}

/** Return the sentences of one run. */
export function cautions(figures: Figures): string[] {
  const lines: string[] = [];
  const { generator } = figures;
  if (generator?.bottleneck === true) {
    const why =
      generator.cpu >= FULL_CORE
        ? `it used ${percent(generator.cpu)} of a core`
        : `it waited ${milliseconds(generator.lag_ms.p99)} for the CPU at p99`;
    lines.push(
      `The load generator was the bottleneck: ${why}. The server may be faster than these figures; use fewer players or a lower rate.`,
    );
  }
  if (figures.interrupted === true) lines.push('The run was ended before its time.');
  if (figures.seated !== undefined && figures.seated < figures.players) {
    lines.push(`Only ${count(figures.seated)} of ${count(figures.players)} players sat down.`);
  }
  if (figures.dropped_sends) {
    lines.push(
      `${count(figures.dropped_sends)} bets were dropped, for no player was free when they were due; their latency is in no figure here.`,
    );
  }
  if (figures.unfinished) lines.push(`${count(figures.unfinished)} players never finished.`);
  if (figures.broke) lines.push(`${count(figures.broke)} players ran out of play money.`);
  return lines;
}

function mark(met: boolean): HTMLElement {
  return element('strong', met ? 'met' : 'missed', met ? '✓ met' : '✗ missed');
}

/** Show each bound of --require, the missed ones first. */
export function thresholds(runs: readonly Run[]): HTMLElement {
  const rows = runs.flatMap((run): Cell[][] => {
    const told = run.figures.detail?.requirements;
    const found =
      told?.map((bound): [boolean, Cell[]] => {
        const write = bound.unit === 'ms' ? milliseconds : figure;
        const measured = bound.measured === null ? 'nothing' : write(bound.measured);
        return [bound.met, [mark(bound.met), element('code', '', bound.text), measured]];
      }) ??
      run.figures.missed?.map((line): [boolean, Cell[]] => [false, [mark(false), line, '']]) ??
      [];
    return found
      .toSorted(([first], [second]) => Number(first) - Number(second))
      .map(([, cells]) => (runs.length > 1 ? [run.name, ...cells] : cells));
  });
  if (rows.length === 0) {
    return section('Thresholds', element('p', 'note', 'None were set (--require).'));
  }
  const columns = [{ title: '' }, { title: 'Required' }, { title: 'Measured', numeric: true }];
  return section(
    'Thresholds',
    table(runs.length > 1 ? [{ title: 'Run' }, ...columns] : columns, rows),
  );
}

interface Tile {
  label: string;
  read: (figures: Figures) => Maybe;
  write: (value: Maybe) => string;
  better: Direction;
  /** A second line, for one run only. */
  aside?: (figures: Figures) => string;
}

const TILES: readonly Tile[] = [
  { label: 'Bets', read: (run) => run.bets, write: count, better: 'neither' },
  {
    label: 'Bets a second',
    read: (run) => run.bets_per_s,
    write: figure,
    better: 'more',
    aside: (run) => (run.rate ? `${figure(run.rate)} asked for` : 'as fast as answers come'),
  },
  {
    label: 'Errors',
    read: (run) => total(run.errors),
    write: count,
    better: 'less',
    aside: (run) =>
      `${percent(run.bets === 0 ? null : total(run.errors) / (run.bets + total(run.errors)))} of bets`,
  },
  {
    label: 'Players',
    read: (run) => run.seated ?? run.players,
    write: count,
    better: 'neither',
    aside: (run) => `${count(run.reconnects ?? 0)} reconnects`,
  },
  {
    label: 'Generator CPU',
    read: (run) => run.generator?.cpu ?? null,
    write: percent,
    better: 'neither',
    aside: (run) => `of a core, ${figure(run.generator_us ?? null)} µs a bet`,
  },
  ...(['p50', 'p95', 'p99', 'p999', 'max'] as const).map(
    (name): Tile => ({
      label: `Latency ${percentileName(name)}`,
      read: (run) => percentile(run, name),
      write: milliseconds,
      better: 'less',
    }),
  ),
];

/** Show the figures that are asked for first. */
export function tiles(runs: readonly Run[]): HTMLElement {
  const [first, second] = runs;
  const box = element('div', 'tiles');
  if (first === undefined) return box;
  for (const tile of TILES) {
    const value = tile.read(first.figures);
    const made = element(
      'div',
      'tile',
      element('div', 'label', tile.label),
      element('div', 'value', tile.write(value)),
    );
    if (second !== undefined) {
      const other = tile.read(second.figures);
      made.append(
        element('div', 'value second', tile.write(other)),
        element('div', verdict(value, other, tile.better), ratio(value, other)),
      );
    } else if (tile.aside !== undefined) {
      made.append(element('div', 'note', tile.aside(first.figures)));
    }
    if (tile.label === 'Generator CPU' && runs.some((run) => run.figures.generator?.bottleneck)) {
      made.classList.add('alarm');
      made.append(element('div', 'worse', '⚠ bottleneck'));
    }
    box.append(made);
  }
  return box;
}
