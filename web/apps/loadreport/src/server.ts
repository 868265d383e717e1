/** The server's own figures on the axis of the run. */

import { type ChartContent, chart, type Line } from './chart';
import type { Maybe, Run, ServerMetrics } from './data';
import { type Cell, element, section, table } from './dom';
import { bytes, count, figure, milliseconds, percent } from './format';
import { edges, growth, mean } from './rates';
import { bettingSpan, extent } from './time-charts';

type Pick = (metrics: ServerMetrics) => readonly Maybe[] | null | undefined;

function each(runs: readonly Run[], label: string, color: string, pick: Pick): Line[] {
  return runs.flatMap(({ name, figures }, index): Line[] => {
    const metrics = figures.series?.server;
    const y = metrics === undefined ? undefined : pick(metrics);
    if (metrics === undefined || y === undefined || y === null) return [];
    const prefixed = runs.length > 1 ? `${name} ${label}` : label;
    return [{ label: prefixed, x: metrics.at_s, y, color, dashed: index > 0 }];
  });
}

function rate(name: string): Pick {
  return ({ at_s, values }) => (values[name] === undefined ? null : growth(at_s, values[name]));
}

function gauge(name: string): Pick {
  return ({ values }) => values[name];
}

function contents(runs: readonly Run[]): readonly Omit<ChartContent, 'axis'>[] {
  return [
    {
      title: 'Settled items a second',
      write: count,
      lines: each(runs, 'settled', '--line-1', rate('croupier_settlement_items_total')),
    },
    {
      title: 'A settling call, on average',
      write: milliseconds,
      lines: each(runs, 'takes', '--line-2', (metrics) =>
        mean(metrics, 'croupier_settlement_seconds_sum', 'croupier_settlement_seconds_count', 1e3),
      ),
    },
    {
      title: 'Items in a settling call, and waiting for one',
      write: figure,
      lines: [
        ...each(runs, 'in a call', '--line-4', (metrics) =>
          mean(
            metrics,
            'croupier_settlement_batch_items_sum',
            'croupier_settlement_batch_items_count',
            1,
          ),
        ),
        ...each(runs, 'waiting', '--line-3', gauge('croupier_settlement_queue_items')),
      ],
    },
    {
      title: 'CPU of the server process, share of a core',
      write: percent,
      lines: each(runs, 'CPU', '--line-3', rate('process_cpu_seconds_total')),
    },
    {
      title: 'Memory of the server process',
      write: bytes,
      lines: each(runs, 'resident', '--line-5', gauge('process_resident_memory_bytes')),
    },
    {
      title: 'Sessions, connections, tables',
      write: count,
      lines: [
        ...each(runs, 'sessions', '--line-5', gauge('croupier_sessions')),
        ...each(runs, 'connections', '--line-1', gauge('croupier_connections')),
        ...each(runs, 'tables', '--line-2', gauge('croupier_tables')),
      ],
    },
  ];
}

function allMetrics(runs: readonly Run[]): HTMLElement {
  const rows = runs.flatMap(({ name, figures }) => {
    const metrics = figures.series?.server;
    return Object.entries(metrics?.values ?? {}).map(([metric, values]): Cell[] => {
      const [first, last] = edges(values);
      const known = values.filter((value) => value !== null);
      const counter = metrics?.kinds[metric] === 'counter';
      const change = counter && first !== null && last !== null ? figure(last - first) : '';
      return [
        ...(runs.length > 1 ? [name] : []),
        element('code', '', metric),
        figure(first),
        figure(known.length === 0 ? null : Math.max(...known)),
        figure(last),
        change,
      ];
    });
  });
  const columns = [
    ...(runs.length > 1 ? [{ title: 'Run' }] : []),
    { title: 'Metric' },
    ...['First', 'Highest', 'Last', 'Grown by'].map((title) => ({ title, numeric: true })),
  ];
  return element(
    'details',
    '',
    element('summary', '', `All ${count(rows.length)} metrics`),
    table(columns, rows),
  );
}

/** Show what the server said of itself. */
export function serverMetrics(runs: readonly Run[]): HTMLElement | null {
  const told = runs.filter(({ figures }) => figures.series?.server !== undefined);
  if (told.length === 0) return null;
  const missing = told.flatMap(({ name, figures }) => {
    const failed = figures.series?.server?.failed ?? 0;
    return failed === 0 ? [] : [`${name}: ${count(failed)} readings of /metrics failed.`];
  });
  const span = bettingSpan(runs);
  const charts = contents(told).map((content) =>
    chart({ ...content, axis: 'time', span, extent: extent(runs) }),
  );
  const any = told.some(({ figures }) => (figures.series?.server?.at_s.length ?? 0) > 0);
  return section(
    'Server',
    element('p', 'note', 'From its /metrics, on the same axis of time.'),
    ...missing.map((line) => element('p', 'note', line)),
    element('div', 'charts', ...charts),
    any ? allMetrics(told) : null,
  );
}
