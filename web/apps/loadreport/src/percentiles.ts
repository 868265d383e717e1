/** The distribution of latencies, with the axis of nines and as a table. */

import { chart, type Line } from './chart';
import { verdict } from './compare';
import { type Maybe, percentile, type Run } from './data';
import { type Cell, element, section, table } from './dom';
import { milliseconds, percentileName, ratio } from './format';
import { ninesLine } from './nines';

const NAMES = ['p50', 'p75', 'p90', 'p95', 'p99', 'p999', 'p9999', 'max'] as const;

function lines(runs: readonly Run[]): Line[] {
  return runs.flatMap(({ name, figures }, index): Line[] => {
    const latency = figures.detail?.latency;
    if (latency === undefined) return [];
    const prefix = runs.length > 1 ? `${name} ` : '';
    const corrected: Line = {
      label: `${prefix}from the intended send time`,
      ...ninesLine(latency.corrected.distribution),
      color: index === 0 ? '--line-1' : '--line-3',
      dashed: index > 0,
    };
    if (latency.raw === null) return [corrected];
    return [
      corrected,
      {
        label: `${prefix}raw, from when it was sent`,
        ...ninesLine(latency.raw.distribution),
        color: index === 0 ? '--line-5' : '--line-2',
        dashed: index > 0,
      },
    ];
  });
}

function rows(runs: readonly Run[]): Cell[][] {
  const raw = runs.some(({ figures }) => figures.detail?.latency.raw);
  return NAMES.map((name): Cell[] => {
    const cells: Cell[] = [percentileName(name)];
    const values: Maybe[] = [];
    for (const { figures } of runs) {
      const value = percentile(figures, name);
      values.push(value);
      cells.push(milliseconds(value));
      if (raw) cells.push(milliseconds(figures.detail?.latency.raw?.percentiles_ms[name]));
    }
    const [first, second] = values;
    if (first !== undefined && second !== undefined) {
      cells.push(element('span', verdict(first, second, 'less'), ratio(first, second)));
    }
    return cells;
  });
}

/** Show the percentiles. */
export function percentiles(runs: readonly Run[]): HTMLElement {
  const raw = runs.some(({ figures }) => figures.detail?.latency.raw);
  const names = runs.flatMap(({ name }) => {
    const prefix = runs.length > 1 ? `${name}: ` : '';
    return raw
      ? [`${prefix}from the intended time`, `${prefix}raw`]
      : [runs.length > 1 ? name : 'Latency'];
  });
  const titles = runs.length > 1 ? [...names, 'Ratio'] : names;
  const note = raw
    ? 'Each bet has its time whatever the server does. Latency counts from that time; the raw one, from when the bet was really sent, hides what a late one had to wait.'
    : 'In a closed loop each player bets when he has his answer, so the intended send time is the real one and there is nothing to correct; a server that stalls is asked less meanwhile.';
  return section(
    'Percentiles',
    element('p', 'note', note),
    chart({
      title: 'Latency by the share of answers that were no slower',
      lines: lines(runs),
      write: milliseconds,
      axis: 'nines',
      wide: true,
    }),
    table(
      [{ title: 'Percentile' }, ...titles.map((title) => ({ title, numeric: true }))],
      rows(runs),
    ),
  );
}
