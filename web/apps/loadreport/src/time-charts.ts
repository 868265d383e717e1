/** The run over time, as its players saw it. */

import { type ChartContent, chart, type Line } from './chart';
import type { Maybe, Run, Series } from './data';
import { element, section } from './dom';
import { count, figure, milliseconds, percent } from './format';
import { ends, perSecond, steady } from './rates';

/** Which span of the longest run was for betting. */
export function bettingSpan(runs: readonly Run[]): readonly [number, number] | undefined {
  const until = runs.map(({ figures }) =>
    figures.series?.phases.find((phase) => phase.name === 'finishing'),
  );
  const latest = Math.max(...until.map((phase) => phase?.at_s ?? 0));
  return latest > 0 ? [0, latest] : undefined;
}

/** Return from when to when anything is told. */
export function extent(runs: readonly Run[]): readonly [number, number] {
  const moments = runs.flatMap(({ figures: { series } }) =>
    series === undefined ? [] : [...ends(series), ...(series.server?.at_s ?? [])],
  );
  return [
    moments.reduce((least, at) => Math.min(least, at), 0),
    moments.reduce((most, at) => Math.max(most, at), 0),
  ];
}

type Pick = (series: Series) => readonly Maybe[];

/** Return a line for each run: the second one dashed. */
function each(runs: readonly Run[], label: string, color: string, pick: Pick): Line[] {
  return runs.flatMap(({ name, figures }, index): Line[] => {
    const { series } = figures;
    if (series === undefined) return [];
    return [
      {
        label: runs.length > 1 ? `${name} ${label}` : label,
        x: ends(series),
        y: pick(series),
        color,
        dashed: index > 0,
      },
    ];
  });
}

function throughput(runs: readonly Run[]): Omit<ChartContent, 'axis'> {
  const open = runs.some(({ figures }) => figures.mode === 'open');
  return {
    title: 'Throughput, bets a second',
    write: count,
    lines: [
      ...each(runs, 'settled', '--line-1', (series) => perSecond(series, series.bets)).map(
        (line): Line => ({ ...line, filled: runs.length === 1 }),
      ),
      ...(open
        ? [
            ...each(runs, 'due', '--line-5', (series) => perSecond(series, series.arrivals)),
            ...each(runs, 'dropped', '--line-3', (series) =>
              perSecond(series, series.dropped_sends),
            ),
          ]
        : []),
    ],
  };
}

function latency(runs: readonly Run[]): Omit<ChartContent, 'axis'> {
  const all = [
    ['p50', '--line-1', (series: Series) => series.p50_ms],
    ['p95', '--line-2', (series: Series) => series.p95_ms],
    ['p99', '--line-4', (series: Series) => series.p99_ms],
    ['max', '--line-3', (series: Series) => series.max_ms],
  ] as const;
  const shown = runs.length > 1 ? all.filter(([name]) => name === 'p50' || name === 'p99') : all;
  return {
    title: 'Latency from the intended send time',
    wide: true,
    write: milliseconds,
    lines: shown.flatMap(([name, color, pick]) =>
      each(runs, name, color, (series) => steady(series, pick(series))),
    ),
  };
}

function errors(runs: readonly Run[]): Omit<ChartContent, 'axis'> {
  const codes = new Set(runs.flatMap(({ figures }) => Object.keys(figures.series?.errors ?? {})));
  const colors = ['--line-3', '--line-2', '--line-4', '--line-5', '--line-1'];
  return {
    title: 'Errors a second',
    write: figure,
    lines: [...codes].flatMap((code, index) =>
      each(runs, code, colors[index % colors.length] ?? '--line-3', (series) => {
        const counts = series.errors[code] ?? [];
        const late = series.at_s.length - counts.length;
        return perSecond(series, [...new Array<number>(Math.max(0, late)).fill(0), ...counts]);
      }),
    ),
  };
}

function players(runs: readonly Run[]): Omit<ChartContent, 'axis'> {
  const back = runs.some(({ figures }) => (figures.reconnects ?? 0) > 0);
  return {
    title: 'Players',
    write: count,
    lines: [
      ...each(runs, 'connected', '--line-5', (series) => series.connected),
      ...each(runs, 'waiting for an answer', '--line-2', (series) => series.busy),
      ...(back ? each(runs, 'reconnects', '--line-3', (series) => series.reconnects) : []),
    ],
  };
}

function generator(runs: readonly Run[]): readonly Omit<ChartContent, 'axis'>[] {
  return [
    {
      title: 'Load generator: CPU, share of a core',
      write: percent,
      lines: each(runs, 'CPU', '--line-4', (series) => steady(series, series.generator_cpu)),
    },
    {
      title: 'Load generator: latest wake-up of its event loop',
      write: milliseconds,
      lines: each(runs, 'late by', '--line-2', (series) => steady(series, series.lag_ms)),
    },
  ];
}

/** Show the run over time, or say why that cannot be. */
export function overTime(runs: readonly Run[]): HTMLElement {
  const span = bettingSpan(runs);
  const charts = [
    throughput(runs),
    latency(runs),
    errors(runs),
    players(runs),
    ...generator(runs),
  ].map((content) => chart({ ...content, axis: 'time', span, extent: extent(runs) }));
  const without = runs.filter(({ figures }) => figures.series === undefined);
  return section(
    'Over time',
    element(
      'p',
      'note',
      '0 s is the first bet; connecting and finishing are shaded. Drag to zoom, double-click to go back, click a name to hide its line.',
    ),
    without.length === 0
      ? null
      : element(
          'p',
          'note',
          `${without.map(({ name }) => name).join(' and ')}: made without --html or --series, so there is no course of time to show.`,
        ),
    element('div', 'charts', ...charts),
  );
}
